"""What is put in the place of the implementation that a test judges."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference import LARA, RA, RFA
from lara_verify.faults import FAULTS, Fault

Role = Literal["as it is", "right", "trivial", "fault"]

RIGHT: dict[str, Callable[[int], Any]] = {"ra": RA, "rfa": RFA, "lara": lambda n: LARA(n, n_proposals=4)}
"""By what a test says that it judges: the estimator that is right, from the number of draws that a query averages."""

TRIVIAL = ("zeros", "constant", "mean-value", "echo")
"""Faults whose output carries no information: a test that passes them tests nothing."""

N_SAMPLES = 16
"""Draws a query, where a test names no number."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """One of them, by name: pure data, to be sent to a worker.

    ``breaks`` has the claims that are not kept.
    """

    role: Role
    name: str
    claimed: str
    breaks: tuple[str, ...] = ()

    def function(self) -> "Called":
        """Make it, as fresh as a newly imported module.

        Raises
        ------
        ValueError
            If it is the test's own, which is not made here.
        """
        if self.role == "as it is":
            raise ValueError("a test's own implementation is not made here")
        return Called(RIGHT[self.claimed] if self.role == "right" else _fault(self.claimed, self.name).algorithm)


def stand_ins(claimed: str) -> tuple[StandIn, ...]:
    """The reference of ``claimed`` (``ra``, ``rfa`` or ``lara``), outputs without information, all known faults."""
    faults = [
        StandIn("trivial" if fault.name in TRIVIAL else "fault", fault.name, claimed, tuple(map(str, fault.breaks)))
        for fault in FAULTS
        if _kind(fault) == claimed
    ]
    faults.sort(key=lambda one: one.role != "trivial")
    return (StandIn("right", f"the reference of {claimed}", claimed), *faults)


@dataclass(slots=True)
class Called:
    """An estimator as a candidate is called: ``f(q, k, v, *, n_samples, seed)``, with arrays of any library.

    It computes in float64 and returns what it was given. Without a seed it takes one from NumPy's global generator.
    """

    build: Callable[[int], Any]
    _made: dict[int, Any] = field(default_factory=dict)

    def __call__(
        self,
        q: Any,
        k: Any,
        v: Any,
        *,
        n_samples: int = N_SAMPLES,
        seed: int | None = None,
        key_mask: Any = None,
        causal: bool = False,
    ) -> Any:
        """The estimate."""
        if n_samples not in self._made:
            self._made[n_samples] = self.build(n_samples)
        algorithm = self._made[n_samples]
        mask = None if key_mask is None else _numpy(key_mask)
        arrays = [_numpy(array).astype(np.float64) for array in (q, k, v)]
        problem = Problem(arrays[0], arrays[1], arrays[2], key_mask=mask, causal=causal)
        rng = np.random.default_rng(np.random.randint(2**31) if seed is None else seed)
        with np.errstate(all="ignore"):
            value = np.asarray(algorithm(problem, algorithm.draw(problem, rng)).value)
        return _as_given(value, q)


def _numpy(array: Any) -> Any:
    return np.asarray(array.detach().cpu() if hasattr(array, "detach") else array)


def _as_given(value: Any, given: Any) -> Any:
    """``value`` as an array of the library, dtype and device of ``given``."""
    import array_api_compat

    if not array_api_compat.is_array_api_obj(given):
        return value
    xp = array_api_compat.array_namespace(given)
    return xp.asarray(np.array(value), dtype=given.dtype, device=array_api_compat.device(given))


def _kind(fault: Fault) -> str:
    return fault.of.partition("[")[0]


def _fault(claimed: str, name: str) -> Fault:
    return next(fault for fault in FAULTS if fault.name == name and _kind(fault) == claimed)
