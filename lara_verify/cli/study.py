"""``lara-verify study``."""

import shlex
import sys

from cyclopts import App

from lara_verify.cli.options import NO_OPTIONS, Options, UsageError

study = App(name="study", help="Answer one question by Monte Carlo, with the error of every number.")


@study.command(name="list")
def list_studies() -> int:
    """List the studies and the question of each."""
    from lara_studies.catalogue import STUDIES

    for name, one in STUDIES.items():
        print(f"{name}  {one.spec.question}")
    return 0


@study.command
def run(*names: str, options: Options = NO_OPTIONS) -> int:
    """Run studies, each by its name; see ``lara-verify study list``.

    Writes studies.json with a verdict a claim, and table.csv with every measure, its Monte Carlo standard error and the
    exact value. ``--quick`` and ``--full`` set the number of replicates, ``--only`` picks cells.

    Parameters
    ----------
    names
        One or more studies.
    """
    from lara_verify.report.folder import NotOurFolderError

    try:
        return _run(names, options)
    except (UsageError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _run(names: tuple[str, ...], options: Options) -> int:
    from lara_studies.catalogue import STUDIES
    from lara_studies.engine import run_studies
    from lara_studies.results import STUDIES as REPORT
    from lara_studies.results import TABLE, StudyLines, studies_of, table_of
    from lara_verify.report.folder import as_json, check_replaceable, write_folder
    from lara_verify.verdict import EXIT_CODES

    settings = options.settings()
    _refuse_what_changes_nothing(options)
    known = ", ".join(STUDIES)
    if not names:
        raise UsageError(f"study run expects the name of a study; there are {known}")
    for name in names:
        if name not in STUDIES:
            raise UsageError(f"there is no study {name!r}; there are {known}")
    chosen = [STUDIES[name] for name in dict.fromkeys(names)]
    cells = [cell for one in chosen for cell in one.cells(options.profile) if settings.selects(cell.id)]
    if not cells:
        raise UsageError(f"--only {shlex.quote(options.only or '')} matches no cell; see --list")
    if options.list_cases:
        for cell in cells:
            n_replicates = cell.n_shards * cell.blocks_per_shard * cell.block_size
            print(f"{cell.id}  {n_replicates:,} replicates in {cell.n_shards} shards")
        return 0
    check_replaceable(options.out)
    only = "" if options.only is None else f" --only {shlex.quote(options.only)}"
    spelled = f"{options.spelled()}{only}".strip()
    lines = StudyLines()
    outcome = run_studies(chosen, settings, lines.show)
    rows = [row for result in outcome.studies for row in result.rows]
    write_folder(options.out, {REPORT: as_json(studies_of(outcome, spelled)), TABLE: table_of(rows)})
    lines.summarise(outcome, spelled, options.out / REPORT)
    return 130 if outcome.interrupted else EXIT_CODES[outcome.verdict]


def _refuse_what_changes_nothing(options: Options) -> None:
    """A study fixes its arithmetic: to accept another silently would mislead."""
    for name in ("xfail", "device", "dtype"):
        if getattr(options, name) != getattr(NO_OPTIONS, name):
            raise UsageError(
                f"--{name} has no meaning for studies, which run the float64 references and expect no failure"
            )
