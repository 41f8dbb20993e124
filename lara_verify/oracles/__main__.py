"""``python -m lara_verify.oracles``: every oracle against its second road, and S bias against b1.

Two tables of plain lines. Exit code 0 if every row is ok, else 1.
"""

import sys
from collections.abc import Iterable, Sequence

from lara_verify.oracles.pins import RateRow, Row, all_pins, bias_rates, judged

_PIN_HEADS = ("oracle", "quantity", "first road", "second road", "problem", "difference", "limit", "ok")
_RATE_HEADS = (
    "proposal",
    "S",
    "S bias",
    "b1",
    "|gap / b1|",
    "S gap / b1",
    "b2 / b1",
    "gap(S) / gap(S/4)",
    "1/4 within",
    "ok",
)


def main() -> int:
    """Print both tables; 0 if all is ok."""
    rows = [judged(pin) for pin in all_pins()]
    print("Each oracle against a second road; difference: relative to the largest entry\n")
    print(table(_PIN_HEADS, map(pin_cells, rows)))
    rates = list(bias_rates())
    print("\nS bias against b1, exact at each S; inputs span 2 of 8 dimensions; S counts pairs where antithetic\n")
    print(table(_RATE_HEADS, map(rate_cells, rates)))
    wrong = [row.pin.name for row in rows if not row.ok]
    wrong += [f"S bias, {row.proposal}, S = {row.n_draws}" for row in rates if row.ok is False]
    judged_rates = sum(row.ok is not None for row in rates)
    print(f"\n{len(rows)} pins and {judged_rates} rates: " + (f"not ok: {'; '.join(wrong)}" if wrong else "all ok"))
    return 1 if wrong else 0


def pin_cells(row: Row) -> tuple[str, ...]:
    """A row of the first table as text."""
    pin = row.pin
    shown = (f"{row.difference:.1e}", f"{pin.limit:.0e}", "yes" if row.ok else "NO")
    return (pin.oracle, pin.quantity, pin.first, pin.second, pin.problem, *shown)


def rate_cells(row: RateRow) -> tuple[str, ...]:
    """A row of the second table as text."""
    ratio = "-" if row.ratio != row.ratio else f"{row.ratio:.5f}"
    verdict = {None: "not judged", True: "yes", False: "NO"}[row.ok]
    return (
        row.proposal,
        f"{row.n_draws}",
        f"{row.scaled_bias:+.9f}",
        f"{row.first:+.9f}",
        f"{row.gap:.3e}",
        f"{row.gap_times_draws:+.5f}",
        f"{row.expected:+.5f}",
        ratio,
        "-" if row.ok is None else f"{row.allowed:.1e}",
        verdict,
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns of even width, two spaces apart."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
