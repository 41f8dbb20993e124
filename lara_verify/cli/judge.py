"""What every judging command does with its cases: list them, or run them, print, and write the report."""

import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lara_verify.cli.options import Options, UsageError

if TYPE_CHECKING:
    from lara_verify.outcome import Settings
    from lara_verify.plan import Case


def judge(
    options: Options, words: Sequence[str], declare: Callable[[], "Sequence[Case]"], *, target: str | None = None
) -> int:
    """Run the cases that ``declare`` returns and return the exit code; ``words`` is the command without its options.

    ``target`` is that of a ``check``: then a stranger's code is judged.
    """
    from lara_verify.expected import read_expected, refuse_unmatched
    from lara_verify.project_file import ProjectFileError
    from lara_verify.report.folder import NotOurFolderError

    began = time.monotonic()
    try:
        expected = read_expected(options.xfail, target, Path.cwd())
        settings = replace(options.settings(), of_candidate=target is not None, expected=expected)
        cases = declare()
        refuse_unmatched(expected, (case.id for case in cases))
        if not any(settings.selects(case.id) for case in cases):
            named = f"--only {shlex.quote(options.only or '')}"
            raise UsageError(f"{named} matches none of the {len(cases)} cases; see --list")
        return _judge(options, words, cases, _what_is_left(settings, began), target)
    except (UsageError, ProjectFileError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _judge(
    options: Options, words: Sequence[str], cases: "Sequence[Case]", settings: "Settings", target: str | None
) -> int:
    from lara_verify.report.folder import check_replaceable, write_report
    from lara_verify.report.github import tell_github
    from lara_verify.report.interrupt import no_interrupt
    from lara_verify.report.results import results_of
    from lara_verify.report.terminal import Terminal, print_plans
    from lara_verify.suite import planned, run
    from lara_verify.verdict import EXIT_CODES

    chosen = [case for case in cases if settings.selects(case.id)]
    if options.list_cases:
        print_plans(planned(chosen, len(cases), settings))
        return 0
    if options.finish is None:
        check_replaceable(options.out)
    terminal = Terminal(len(chosen), settings.expected)
    with terminal.live():
        outcome = run(cases, settings, terminal.note if options.finish else terminal.show)
    with no_interrupt():
        command = " ".join(filter(None, ("lara-verify", *map(shlex.quote, words), options.spelled())))
        results = results_of(outcome, command, options.device)
        if options.finish is not None:
            return options.finish(outcome, results)
        path = write_report(options.out, results, {result.case.id: result.trace for result in outcome.results})
        terminal.summarise(outcome, results, path)
        tell_github(results, target)
        return 130 if outcome.interrupted else EXIT_CODES[outcome.verdict]


def _what_is_left(settings: "Settings", began: float) -> "Settings":
    """Take off the time limit, which is the whole command's, what declaring the cases took."""
    if settings.time_limit is None:
        return settings
    return replace(settings, time_limit=max(settings.time_limit - (time.monotonic() - began), 0.001))
