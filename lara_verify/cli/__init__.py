"""The command line: one command a file; each parses, makes one public call, and prints."""

import sys
import traceback

from cyclopts import App, CycloptsError

from lara_verify import __version__
from lara_verify.adapter import AdapterError
from lara_verify.report.interrupt import first_interrupt_only

app = App(
    name="lara-verify",
    help="Verify randomized attention: estimators against exact references, with finite-sample guarantees.",
    version=__version__,
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)
for _name, _help in (
    ("run", "Verify the built-in estimators."),
    ("check", "Judge a function of yours."),
    ("faults", "Try the judge on every known fault."),
    ("levels", "Measure the error rates of the statistics."),
    ("estimators", "List every estimator with every option, and what there is of each."),
    ("regime", "Tell what RFA, LARA and RA need on your queries and keys."),
    ("study", "Answer one question by Monte Carlo, with the error of every number."),
    ("replay", "Judge one case of an earlier report again."),
    ("diff", "Compare two reports."),
    ("audit", "Judge a test of yours."),
    ("schema", "Print the JSON Schema of a report's file."),
):
    app.command(f"lara_verify.cli.{_name}:{_name}", name=_name, help=_help)
app.register_install_completion_command()


def main() -> None:
    """Run the command line and exit: 0 certified, 1 refuted, 2 usage, 3 undecided, 4 our error, 130 interrupted."""
    try:
        with first_interrupt_only():
            code = app(sys.argv[1:], exit_on_error=False, print_error=False, result_action="return_value")
    except (CycloptsError, AdapterError) as error:
        print(f"lara-verify: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("lara-verify: interrupted before anything was judged; no report was written", file=sys.stderr)
        sys.exit(130)
    except Exception:
        traceback.print_exc()
        print("lara-verify: this is an error of lara-verify itself; please report it", file=sys.stderr)
        sys.exit(4)
    sys.exit(code if isinstance(code, int) else 0)
