"""``lara-verify estimators``."""

import sys


def estimators(*, only: str = "") -> int:
    """List every estimator with every option: what there is of each, measured now.

    Exits with 0 if and only if every distance is within its derived bound and every gradient is right.

    Parameters
    ----------
    only
        List those whose name contains this.
    """
    from lara_verify.inventory import as_lines, inventory

    rows = list(inventory(only))
    if not rows:
        print(f"lara-verify: --only {only!r} matches no estimator", file=sys.stderr)
        return 2
    for line in as_lines(rows):
        print(line)
    wrong = [f"{column} of {row.estimator}" for row in rows for column in row.wrong]
    print(f"\n{len(rows)} rows: " + (f"wrong: {'; '.join(wrong)}" if wrong else "every cell is filled, none is wrong"))
    return 1 if wrong else 0
