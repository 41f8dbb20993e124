"""Judge a panel of candidates that misbehave in every way known, by the installed command, and print a table.

Usage: ``python tests/hostile.py [NAME ...]``; names choose rows. Each candidate is judged by ``lara-verify check``
with small limits, in an empty folder, two at a time. Exits 0 if every exit code and sentence is as expected, no file
is left in the folder or among the temporary ones, no process is left, and nothing of theirs reached the terminal.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

CANDIDATES = Path(__file__).resolve().parent / "candidates"
LIMITS = ("--quick", "--call-limit", "2", "--memory-limit", "300", "--time-limit", "150")
MARK = "LARA_VERIFY_HOSTILE"

CERTIFIED = r"\d+ cases are certified"
SHAPE = r"it returned shape \(.*\); expected \(.*\) \(seed \d+\)"
MEMORY = r"it took more than 300 MiB of memory"
HUNG = r"it hung: a call did not return within 2 s"
LOADING = r"lara-verify: loading .* failed: "


@dataclass(frozen=True)
class Row:
    """A candidate with what to expect: the exit code, and a pattern of the sentence about it."""

    target: str
    code: int
    sentence: str = CERTIFIED
    options: tuple[str, ...] = ()
    needs: str = "numpy"


SLOW = ("--time-limit", "12")

PANEL = (
    # they end, or never do
    Row("unruly.py:hanging", 1, HUNG),
    Row("unruly.py:hanging_with_family", 1, HUNG),
    Row("unruly.py:stopping", 1, HUNG),
    Row("unruly.py:crashing", 1, "it ended its process by signal SIGSEGV"),
    Row("unruly.py:ending", 1, "it ended its process with exit code 7"),
    Row("unruly.py:aborting", 1, "it ended its process by signal SIGABRT"),
    Row("unruly.py:leaving", 1, "it raised SystemExit: enough"),
    Row("unruly.py:ending_itself", 1, "it ended its process by signal SIGTERM"),
    Row("unruly.py:ending_its_group", 1, "it ended its process by signal SIGKILL"),
    Row("unruly.py:interrupting", 1, "it raised KeyboardInterrupt"),
    Row("unruly.py:recursing", 1, "it raised RecursionError: maximum recursion depth exceeded"),
    Row("unruly.py:recursing_without_limit", 1, f"{MEMORY}|SIGSEGV|{HUNG}"),
    Row("unruly.py:closing_everything", 1, "it closed the pipe that its answers come by"),
    Row("unruly.py:writing_everywhere", 1, "it wrote into the pipe that its answers come by"),
    Row("unruly.py:slow", 3, "the time limit came", SLOW),
    # they take what there is
    Row("unruly.py:hoarding", 1, MEMORY),
    Row("unruly.py:hoarding_in_family", 1, MEMORY),
    Row("unruly.py:leaking", 1, MEMORY),
    Row("unruly.py:huge", 1, SHAPE, ("--memory-limit", "4096", "--call-limit", "60")),
    # they cannot be loaded
    Row("imported/hanging.py:f", 2, LOADING + "it hung: importing it did not end within 12 s"),
    Row("imported/ending.py:f", 2, LOADING + "it ended its process with exit code 0"),
    Row("imported/hoarding.py:f", 2, LOADING + MEMORY),
    Row("imported/raising.py:f", 2, "importing .* failed: ValueError: not today"),
    Row("unruly.py:not_callable", 2, "is a int; expected a function"),
    Row("forms.py:generator_object", 2, "is a generator; expected a function"),
    # they answer, and not with what was agreed
    Row("unruly.py:wrong_signature", 1, r"it cannot be called as f\(q, k, v, \*, n_samples, seed\)"),
    Row("unruly.py:wrong_shape", 1, SHAPE),
    Row("unruly.py:integers", 1, "it returned dtype int64; expected a real floating one"),
    Row("unruly.py:complexes", 1, "it returned dtype complex128; expected a real floating one"),
    Row("unruly.py:listing", 1, "it returned a list; expected an array of shape"),
    Row("unruly.py:pretending", 1, "it returned a Pretender that is no array"),
    Row("forms.py:generator", 1, "it returned a generator; expected an array of shape"),
    Row("forms.py:coroutine", 1, "it returned a coroutine; expected an array of shape"),
    Row("forms.py:Attention", 1, "it cannot be called as"),
    Row("unruly.py:nan", 1, "it returned NaN"),
    Row("unruly.py:single_nan", 1, r"it returned NaN \(seed \d+7\)"),
    Row("unruly.py:raising", 1, "it raised ValueError: cannot attend"),
    Row("unruly.py:rarely_raising", 1, r"it raised RuntimeError: one in a hundred \(seed \d+07\)"),
    Row("unruly.py:raising_the_unspeakable", 1, r"it raised Unspeakable \(seed"),
    Row("unruly.py:raising_for_the_terminal", 1, r"it raised ValueError: [^\x1b\x07]*\.\.\. \(seed"),
    Row("unruly.py:reading", 1, "it raised FileNotFoundError: .*calls are made in an empty folder"),
    Row("wrong.py:mutating", 1, "it changed its argument k in place"),
    Row("unruly.py:view", 1, "64 different seeds gave one and the same output"),
    Row("wrong.py:frozen", 1, "64 different seeds gave one and the same output"),
    Row("wrong.py:seed_ignored", 1, r"the same seed gave output\["),
    Row("unruly.py:remembering", 1, r"the same seed gave output\["),
    # they are right, and leave traces
    Row("trespassing.py:noisy", 0),
    Row("trespassing.py:closing_streams", 0),
    Row("trespassing.py:wandering", 0),
    Row("trespassing.py:of_another_environment", 0),
    Row("trespassing.py:of_global_randomness", 0),
    Row("trespassing.py:patching_numpy", 0),
    Row("trespassing.py:strict", 0),
    Row("trespassing.py:writing", 0),
    Row("trespassing.py:leaving_children", 0),
    Row("trespassing.py:leaving_threads", 0),
    Row("trespassing.py:ignoring_signals", 0),
    Row("trespassing.py:forking", 0),
    Row("trespassing.py:reusing", 0),
    # they are right, in forms of their own
    Row("forms.py:by_lambda", 0),
    Row("forms.py:by_partial", 0),
    Row("forms.py:by_object", 0),
    Row("forms.py:by_method", 0),
    Row("forms.py:Attention", 0, options=("--init", "dim=None")),
    Row("in_torch.py:with_gradient", 0, needs="torch", options=("--memory-limit", "1000")),
)


@dataclass(frozen=True)
class Judged:
    """What came of a row: exit code, the sentence, what was left behind, and whether all is as expected."""

    row: Row
    code: int
    sentence: str
    left: tuple[str, ...]
    seconds: float
    shown: str

    @property
    def as_expected(self) -> bool:
        said = re.search(self.row.sentence, self.sentence)
        clean = "Traceback" not in self.shown and "NOISE" not in self.shown and "\x1b" not in self.shown
        return self.code == self.row.code and said is not None and not self.left and clean


def judged(row: Row, *options: str) -> Judged:
    """Run the installed command on one candidate, in an empty folder, and look at what it leaves."""
    command = str(Path(sys.executable).with_name("lara-verify"))
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder, mark = Path(name), uuid.uuid4().hex
        for part in ("here", "temporary"):
            (folder / part).mkdir()
        words = [command, "check", str(CANDIDATES / row.target), "--as", "ra", *_merged(LIMITS, row.options), *options]
        began = time.monotonic()
        ran = subprocess.run(
            words,
            cwd=folder / "here",
            env={**os.environ, "TMPDIR": str(folder / "temporary"), MARK: mark},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        seconds = time.monotonic() - began
        left = [f"process {words}" for words in _processes(mark)]
        left += [f"file {path.name}" for path in (folder / "here").iterdir() if path.name != "lara-verify-report"]
        left += [f"file {path.name}" for path in (folder / "temporary").iterdir()]
        sentence = _sentence(folder / "here" / "lara-verify-report" / "results.json", ran.stderr)
    return Judged(row, ran.returncode, sentence, tuple(left), seconds, ran.stdout + ran.stderr)


def _merged(limits: tuple[str, ...], options: tuple[str, ...]) -> list[str]:
    """The limits, without those that the options set anew."""
    own = set(options)
    pairs = zip(limits[1::2], limits[2::2], strict=True)
    return [limits[0], *(word for name, value in pairs if name not in own for word in (name, value)), *options]


def _processes(mark: str) -> list[str]:
    """Command lines of the processes that carry the mark and still run after a while."""
    until = time.monotonic() + 5
    while (alive := list(filter(None, (_marked(p, mark) for p in psutil.process_iter())))) and time.monotonic() < until:
        time.sleep(0.1)
    return alive


def _marked(process: psutil.Process, mark: str) -> str | None:
    try:
        ours = process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
        return " ".join(process.cmdline())[:80] if ours else None
    except psutil.Error:
        return None


def _sentence(results: Path, stderr: str) -> str:
    if not results.exists():
        return " ".join(stderr.split())
    checks = json.loads(results.read_text(encoding="utf-8"))["checks"]
    for verdict in ("error", "refuted", "undecided"):
        said = [check["message"] for check in checks if check["verdict"] == verdict]
        if said:
            return said[0]
    return f"{sum(check['verdict'] == 'certified' for check in checks)} cases are certified"


def main(names: list[str]) -> int:
    rows = [row for row in PANEL if not names or any(name in row.target for name in names)]
    present = [row for row in rows if importlib.util.find_spec(row.needs)]
    print(f"{'candidate':38} expected  got  seconds  sentence", flush=True)
    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for came in pool.map(judged, present):
            said = came.sentence if len(came.sentence) <= 110 else came.sentence[:107] + "..."
            print(f"{came.row.target:38} {came.row.code:8} {came.code:4} {came.seconds:8.1f}  {said}", flush=True)
            if not came.as_expected:
                wrong.append(came)
                print(f"  NOT AS EXPECTED; expected: {came.row.sentence}; left: {', '.join(came.left) or 'nothing'}")
    for row in rows:
        if row not in present:
            print(f"{row.target:38} not run: {row.needs} is not installed")
    print(f"{len(present) - len(wrong)} of {len(present)} candidates as expected")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
