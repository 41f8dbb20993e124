"""What every judging command does with its cases: list them, or run them, print, and write the report."""

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lara_verify.cli.options import Options, UsageError

if TYPE_CHECKING:
    from lara_verify.plan import Case


def judge(
    options: Options, words: Sequence[str], declare: Callable[[], "Sequence[Case]"], *, of_candidate: bool = False
) -> int:
    """Run the cases that ``declare`` returns and return the exit code; ``words`` is the command without its options."""
    from lara_verify.report.folder import NotOurFolderError

    try:
        return _judge(options, words, declare, of_candidate)
    except (UsageError, NotOurFolderError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _judge(options: Options, words: Sequence[str], declare: Callable[[], "Sequence[Case]"], of_candidate: bool) -> int:
    from lara_verify.report.folder import check_replaceable, write_report
    from lara_verify.report.results import results_of
    from lara_verify.report.terminal import Terminal, print_plans
    from lara_verify.suite import planned, run
    from lara_verify.verdict import EXIT_CODES

    settings = replace(options.settings(), of_candidate=of_candidate)
    cases = declare()
    chosen = [case for case in cases if settings.selects(case.id)]
    if not chosen:
        raise UsageError(f"--only {shlex.quote(options.only or '')} matches none of the {len(cases)} cases; see --list")
    if options.list_cases:
        print_plans(planned(chosen, len(cases), settings))
        return 0
    check_replaceable(options.out)
    terminal = Terminal(len(chosen))
    with terminal.live():
        outcome = run(cases, settings, terminal.show)
    command = " ".join(filter(None, ("lara-verify", *map(shlex.quote, words), options.spelled())))
    results = results_of(outcome, command, options.device)
    path = write_report(options.out, results)
    terminal.summarise(outcome, results, path)
    return 130 if outcome.interrupted else EXIT_CODES[outcome.verdict]
