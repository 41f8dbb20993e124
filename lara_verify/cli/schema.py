"""``lara-verify schema``."""

import sys


def schema(name: str, /) -> int:
    """Print the JSON Schema of a report's file.

    Parameters
    ----------
    name
        ``results``, ``levels``, ``faults``, ``studies`` or ``regime``.
    """
    from lara_verify.report.schema import NAMES, published

    wanted = name.removesuffix(".json")
    if wanted not in NAMES:
        print(f"lara-verify: there is no schema of {name!r}; expected one of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    print(published(wanted), end="")
    return 0
