"""What two reports say differently of the same cases."""

from dataclasses import dataclass

from lara_verify.report.results import CheckRow, Results

GOOD = ("certified", "skipped", "xfail")
"""Verdicts that count as certified."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure whose intervals in the two reports have no point in common."""

    id: str
    figure: str
    before: tuple[float, float]
    after: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between an earlier and a later report.

    Attributes
    ----------
    changed
        The cases whose verdicts differ, before and after.
    appeared, vanished
        Cases that only one of the reports has.
    deselected
        Those of the vanished that the later report declares and did not run.
    moved
        Figures that moved beyond their intervals.
    """

    changed: tuple[tuple[CheckRow, CheckRow], ...]
    appeared: tuple[CheckRow, ...]
    vanished: tuple[CheckRow, ...]
    deselected: frozenset[str]
    moved: tuple[Moved, ...]

    @property
    def lost(self) -> tuple[CheckRow, ...]:
        """Cases, as they were, that were certified and are not any more: judged otherwise, or no longer declared."""
        worse = [before for before, after in self.changed if before.verdict in GOOD and after.verdict not in GOOD]
        gone = [check for check in self.vanished if check.verdict in GOOD and check.id not in self.deselected]
        return (*worse, *gone)

    @property
    def exit_code(self) -> int:
        """0 if no verdict differs, 1 if something certified is not any more, 3 otherwise."""
        if self.lost:
            return 1
        return 3 if self.changed or self.appeared or self.vanished else 0


def difference(before: Results, after: Results) -> Difference:
    """Compare two reports case by case, in the order of the earlier one."""
    old, new = ({check.id: check for check in results.checks} for results in (before, after))
    both = [(check, new[check.id]) for check in before.checks if check.id in new]
    vanished = tuple(check for check in before.checks if check.id not in new)
    declared = {row.id for row in after.ledger}
    return Difference(
        changed=tuple(pair for pair in both if pair[0].verdict != pair[1].verdict),
        appeared=tuple(check for check in after.checks if check.id not in old),
        vanished=vanished,
        deselected=frozenset(check.id for check in vanished if check.id in declared),
        moved=tuple(moved for pair in both for moved in _moved(*pair)),
    )


def _moved(before: CheckRow, after: CheckRow) -> list[Moved]:
    old, new = _intervals(before), _intervals(after)
    return [
        Moved(before.id, figure, old[figure], new[figure])
        for figure in old
        if figure in new and (old[figure][1] < new[figure][0] or new[figure][1] < old[figure][0])
    ]


def _intervals(check: CheckRow) -> dict[str, tuple[float, float]]:
    """Every figure that has both ends, by name; of a measurement, those of its deviation from what was expected.

    The coordinate that deviates most may be another one in each report: what it was expected to be says nothing of it.
    """
    figures, found = check.figures, {}
    for name in figures:
        stem = name.removesuffix("_low")
        if stem != name and f"{stem}_high" in figures:
            shift = check.expected if stem == "interval" and check.expected is not None else 0.0
            label = "deviation" if stem == "interval" else stem.replace("_", " ")
            found[label] = (figures[name] - shift, figures[f"{stem}_high"] - shift)
    return found
