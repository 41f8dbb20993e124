"""``lara-verify levels``."""

import shlex
import sys

from lara_verify.cli.options import NO_OPTIONS, Options, UsageError


def levels(*, options: Options = NO_OPTIONS) -> int:
    """Measure how often the statistics themselves err, on laws where the truth is known.

    Every statistic is simulated on laws that give it nothing to find, and its largest evidence over all looks is what
    counts. Exits with 0 if and only if no rate is shown to be above its nominal level of .05 or .01. A row takes 20,000
    sequences, with ``--quick`` 2,000, with ``--full`` 100,000.
    """
    from lara_verify.report.folder import NotOurFolderError

    try:
        return _levels(options)
    except (UsageError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _levels(options: Options) -> int:
    from lara_verify.levels.measure import SEQUENCES, measure
    from lara_verify.levels.rows import NOMINALS, ROWS
    from lara_verify.report.folder import as_json, check_replaceable, write_folder
    from lara_verify.report.levels import LEVELS, LevelLines, levels_of
    from lara_verify.verdict import EXIT_CODES

    settings = options.settings()
    _refuse_what_changes_nothing(options)
    rows = [row for row in ROWS if settings.selects(row.id)]
    if not rows:
        raise UsageError(f"--only {shlex.quote(options.only or '')} matches none of the {len(ROWS)} rows; see --list")
    sequences = SEQUENCES[options.profile]
    if options.list_cases:
        at = " and ".join(f"{nominal:g}" for nominal in NOMINALS)
        for row in rows:
            print(f"{row.id}  {sequences:,} sequences at {at}")
        return 0
    check_replaceable(options.out)
    lines = LevelLines()
    measured = measure(rows, sequences, options.seed, options.workers, options.time_limit, lines.show)
    write_folder(options.out, {LEVELS: as_json(levels_of(measured))})
    lines.summarise(measured, options.out / LEVELS, f"lara-verify levels {options.spelled()}".rstrip())
    return 130 if measured.interrupted else EXIT_CODES[measured.verdict]


def _refuse_what_changes_nothing(options: Options) -> None:
    """A level is measured at a nominal of its own, in float64: to accept another silently would mislead."""
    defaults = Options()
    for name in ("alpha", "beta", "xfail", "device", "dtype"):
        if getattr(options, name) != getattr(defaults, name):
            raise UsageError(f"--{name} has no meaning for levels, which measures at .05 and .01, in float64")
