"""The command line: one command a file; each parses, makes one public call, and prints."""

import sys
from importlib import metadata

from cyclopts import App, CycloptsError

app = App(
    name="lara-verify",
    help="Verify randomized attention: estimators against exact references, with finite-sample guarantees.",
    version=lambda: metadata.version("lara-verify"),
    help_format="plaintext",
)
app.command("lara_verify.cli.run:run", name="run")
app.command("lara_verify.cli.check:check", name="check")
app.command("lara_verify.cli.levels:levels", name="levels")


def main() -> None:
    """Run the command line and exit: 0 certified, 1 refuted, 2 usage, 3 undecided, 4 our error, 130 interrupted."""
    try:
        code = app(exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        print(f"lara-verify: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
