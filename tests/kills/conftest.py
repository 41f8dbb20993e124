"""Members of a catalogue of our own: cheap, and some of them declared as what they are not."""

import sys
from contextlib import contextmanager

import cloudpickle
import pytest

from lara_estimators import ClaimName
from lara_verify.faults import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.faults.trivial import Fixed, zeros
from lara_verify.kills.members import Member


def right(n_samples, _):
    return StepwiseRA(n_samples)


def zero(n_samples, _):
    return Fixed(n_samples, zeros, "ra")


@pytest.fixture
def make_member():
    """A member; what it is not told, it makes up: zeros that break the hull."""

    def make(role="fault", breaks=(ClaimName.BOUNDED,), keeps=(ClaimName.PROTOCOL,), build=zero, **fields):
        known = {"name": "zeros", "cause": "zeros", "mend": "compute it", "of": "ra"}
        return Member(role, Fault(**(known | fields), breaks=breaks, keeps=keeps, build=build))

    return make


@pytest.fixture
def make_right(make_member):
    """The estimator itself, in any role."""

    def make(role="equivalent", breaks=(), keeps=(ClaimName.PROTOCOL, ClaimName.BOUNDED), **fields):
        return make_member(role, breaks, keeps, right, **({"name": "itself"} | fields))

    return make


@pytest.fixture
def by_value():
    """Let what a module defines, and what this one does, travel to workers, which cannot import it."""

    @contextmanager
    def travelling(module):
        modules = (module, sys.modules[__name__])
        for one in modules:
            cloudpickle.register_pickle_by_value(one)
        try:
            yield
        finally:
            for one in modules:
                cloudpickle.unregister_pickle_by_value(one)

    return travelling
