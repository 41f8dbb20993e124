"""``lara-verify faults``."""

import shlex
import sys
from typing import Annotated

from cyclopts import Parameter

from lara_verify.cli.options import NO_OPTIONS, Options, UsageError


def faults(
    *,
    diagnose: Annotated[bool, Parameter(negative="")] = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Try the judge on every known fault, and on unusual implementations that are right.

    Each plays the candidate's part, on the cases that ``check`` declares. Exits with 0 if and only if every fault is
    refuted on a claim that it breaks and on none that it keeps, and what is right is refuted on nothing and certified:
    with ``--quick`` at one seed to 1 % of the range, by default at 3 seeds and with ``--full`` at 20 seeds to .3 %.

    Parameters
    ----------
    diagnose
        Look for the cause of every refuted fault too, and say which of the catalogue are not excluded; ``--full`` does.
    """
    from lara_verify.report.folder import NotOurFolderError

    try:
        return _faults(diagnose or options.full, options)
    except (UsageError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _faults(diagnosing: bool, options: Options) -> int:
    from lara_verify.kills.matrix import fill
    from lara_verify.kills.members import members
    from lara_verify.report.faults import FAULTS, PAGE, FaultLines, as_html, faults_of
    from lara_verify.report.folder import as_json, check_replaceable, write_folder
    from lara_verify.report.interrupt import no_interrupt
    from lara_verify.verdict import EXIT_CODES

    settings = options.settings()
    _refuse_what_changes_nothing(options)
    everybody = members()
    chosen = [member for member in everybody if settings.selects(member.id)]
    if not chosen:
        named = f"--only {shlex.quote(options.only or '')}"
        raise UsageError(f"{named} matches none of the {len(everybody)} faults; see --list")
    if options.list_cases:
        for member in chosen:
            print(f"{member.id}  breaks {_names(member.fault.breaks)}; keeps {_names(member.fault.keeps)}")
        return 0
    check_replaceable(options.out)
    words = ["lara-verify faults", options.spelled(), "--diagnose" if diagnosing and not options.full else ""]
    command = " ".join(filter(None, words))
    lines = FaultLines(chosen)
    profile, seed = options.profile, options.seed
    matrix = fill(chosen, profile, seed, options.workers, options.time_limit, diagnosing, lines.show, lines.cause)
    with no_interrupt():
        only = "" if options.only is None else f" --only {shlex.quote(options.only)}"
        page = as_html(matrix, command + only)
        write_folder(options.out, {FAULTS: as_json(faults_of(matrix)), PAGE: page})
        lines.summarise(matrix, options.out, command)
        return 130 if matrix.interrupted else EXIT_CODES[matrix.verdict]


def _names(claims: "tuple[str, ...]") -> str:
    return ", ".join(claims) or "nothing"


def _refuse_what_changes_nothing(options: Options) -> None:
    """What a fault is judged by is part of what is declared of it: to accept another silently would mislead."""
    defaults = Options()
    for name in ("alpha", "beta", "xfail", "device", "dtype"):
        if getattr(options, name) != getattr(defaults, name):
            raise UsageError(
                f"--{name} has no meaning for faults, which judges every case at a chance of 1e-6, in float64"
            )
