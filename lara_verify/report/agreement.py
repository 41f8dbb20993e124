"""Whether a case that was judged again gave the figures of the earlier report, to the bit."""

from typing import NamedTuple

from lara_verify.report.plots import Trace
from lara_verify.report.results import CheckRow, capped

COMPARED = ("verdict", "log_e_refute", "log_e_certify", "measured", "expected", "figures")
"""What must be equal at equal numbers of replicates."""


class Agreement(NamedTuple):
    """What a comparison with an earlier report came to; ``agrees`` is None where there was nothing to compare."""

    agrees: bool | None
    sentence: str


def agreement(earlier: CheckRow, now: CheckRow, trace: Trace) -> Agreement:
    """Compare ``now``, whose evidence over replicates is ``trace``, with what an earlier report says of the case.

    Where the earlier run stopped sooner, since another case was refuted or a limit came, the evidence is compared at
    the number of replicates that it had reached.
    """
    if earlier.n_replicates == 0:
        return Agreement(None, "the report has no figures to compare with: nothing was drawn on this case")
    if earlier.n_replicates == now.n_replicates:
        apart = [name for name in COMPARED if getattr(earlier, name) != getattr(now, name)]
        if not apart:
            return Agreement(True, f"same as in the report, to the bit, at {now.n_replicates:,} replicates")
        return Agreement(False, _differs(earlier, now, apart))
    passed = {n: (capped(refute), capped(certify)) for n, refute, certify in trace}
    at = f"at the report's {earlier.n_replicates:,} replicates"
    if earlier.n_replicates in passed:
        if passed[earlier.n_replicates] == (earlier.log_e_refute, earlier.log_e_certify):
            return Agreement(True, f"same as in the report, to the bit, {at}, where that run ended; this one went on")
        there = f"{earlier.log_e_refute} and {earlier.log_e_certify}"
        here = " and ".join(map(str, passed[earlier.n_replicates]))
        return Agreement(False, f"differs from the report {at}: log evidence {there} there, {here} here")
    return Agreement(False, _differs(earlier, now, ["n_replicates", "verdict"]))


def _differs(earlier: CheckRow, now: CheckRow, names: list[str]) -> str:
    apart = "; ".join(f"{name} {getattr(earlier, name)} there, {getattr(now, name)} here" for name in names)
    return f"differs from the report: {apart}"
