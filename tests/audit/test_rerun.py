"""One test run many times in one session: how runs are seeded, and how their endings are counted."""

import pytest

from lara_verify.audit import AuditError
from lara_verify.audit.rerun import Chunk, rerun
from lara_verify.audit.stand_ins import StandIn
from lara_verify.levels.clopper_pearson import clopper_pearson

OWN, RIGHT = (StandIn(role, role, "ra") for role in ("as it is", "right"))


@pytest.fixture
def ran(audited_file):
    """Run a test of the file in this process, 20 times unless told otherwise."""

    def run(name, stand_in=OWN, count=20):
        return rerun(Chunk(f"{audited_file}::{name}", stand_in, 0, 0, count))

    return run


@pytest.mark.parametrize(("name", "rate"), [("test_often", 0.25), ("test_global", 0.5)])
def test_every_run_has_a_seed_of_its_own(ran, name, rate):
    """Level: seeds are fixed. Power: one seed for all runs fails always or never, which the interval does not hold."""
    counts = ran(name, count=200).counts
    low, high = clopper_pearson(counts["failed"], 200)
    assert low < rate < high
    assert counts["failed"] + counts["passed"] == 200


def test_seeds_depend_on_the_audits_and_on_the_number_of_the_run_alone():
    def seeds(seed, first, count):
        return Chunk("t", StandIn("fault", "zeros", "ra"), seed, first, count).seeds()

    assert seeds(0, 0, 20) + seeds(0, 20, 20) == seeds(0, 0, 40)
    assert not set(seeds(0, 0, 40)) & set(seeds(1, 0, 40))
    assert all(0 <= seed < 2**31 for seed in seeds(0, 0, 40))


@pytest.mark.parametrize(
    ("name", "stand_in", "ending", "said"),
    [
        ("test_in_the_hull", OWN, "failed", "AssertionError: assert "),
        ("test_in_the_hull", RIGHT, "passed", ""),
        ("test_called_differently", RIGHT, "raised", "TypeError: "),
        ("test_raises", OWN, "raised", "SystemExit: never mind"),
        ("test_skipped", OWN, "skipped", ""),
    ],
)
def test_whatever_ends_a_run_is_counted(ran, name, stand_in, ending, said):
    found = ran(name, stand_in)
    assert found.counts == {ending: 20}
    assert found.said.startswith(said)
    assert bool(said) == bool(found.said)


def test_the_argument_that_is_replaced_is_told(ran):
    assert [ran(name).replaces for name in ("test_in_the_hull", "test_often")] == ["attention", None]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("test_two", r"it names 2 tests; expected one, as test_two\[1\], test_two\[2\]"),
        ("test_nowhere", "cannot be rerun: ERROR: not found: "),
        ("test_broken_fixture", "cannot be rerun: RuntimeError: no such device"),
        ("test_marked", "cannot be rerun: Skipped: not here"),
    ],
)
def test_what_cannot_be_rerun_is_told_in_one_sentence(ran, name, said):
    with pytest.raises(AuditError, match=said):
        ran(name)
