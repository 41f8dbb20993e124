"""Ctrl-C and time limits: the run ends at once, with a whole report of what is known, and leaves nothing behind."""

import io
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser

import msgspec
import psutil
import pytest
from junitparser import JUnitXml

from lara_verify.cli import main
from lara_verify.report.results import Results

PATIENCE = 10.0
"""Seconds that ending may take here; two on a machine that does nothing else."""

posix = pytest.mark.skipif(os.name != "posix", reason="sends a signal to a process group")


class Going:
    """A command in a process group of its own, as a shell starts it."""

    def __init__(self, words, folder):
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def interrupt(self, times=1, pause=0.02):
        """Press Ctrl-C; exit code, seconds until it ended, standard output and error, and who is still alive."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        began = time.monotonic()
        for _ in range(times):
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGINT)
                time.sleep(pause)
        out, err = self.process.communicate(timeout=60)
        seconds = time.monotonic() - began
        _, alive = psutil.wait_procs(family, timeout=5)
        return self.process.returncode, seconds, out, err, alive


@pytest.fixture
def going(command, tmp_path):
    started = []

    def start(*words):
        started.append(Going([*command, *words], tmp_path))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def whole(folder):
    """Read every file of a report as those it is meant for do."""
    assert sorted(path.name for path in folder.iterdir()) == ["junit.xml", "report.html", "results.json"]
    results = msgspec.json.decode((folder / "results.json").read_bytes(), type=Results)
    (suite,) = JUnitXml.fromfile(io.BytesIO((folder / "junit.xml").read_bytes()))
    assert suite.tests == len(results.checks)
    page = (folder / "report.html").read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert page.rstrip().endswith("</html>")
    assert all(check.id in page for check in results.checks)
    return results


@posix
@pytest.mark.parametrize("times", [1, 100])
def test_an_interrupt_in_the_middle_of_a_run(going, tmp_path, times):
    """Once, and again and again until it ends, also while the report is written."""
    run = going("run", "--workers", "2")
    first = run.process.stdout.readline()
    assert first.startswith("certified")
    code, seconds, out, err, alive = run.interrupt(times)
    assert (code, err) == (130, "")
    assert seconds < PATIENCE
    assert not alive
    assert "interrupted; " in out
    assert [path.name for path in tmp_path.iterdir()] == ["lara-verify-report"]
    results = whole(tmp_path / "lara-verify-report")
    ended = {check.verdict for check in results.checks}
    assert ended == {"certified", "undecided"}
    assert "the run was interrupted first" in results.coverage_note


@posix
def test_an_interrupt_before_anything_is_judged(going, tmp_path):
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\n(pathlib.Path(__file__).parent / 'loading').touch()\ntime.sleep(100)\n"
    )
    check = going("check", "slow.py:f", "--as", "ra")
    deadline = time.monotonic() + 60
    while not (tmp_path / "loading").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    code, seconds, out, err, alive = check.interrupt(3)
    assert (code, out) == (130, "")
    assert err == "lara-verify: interrupted before anything was judged; no report was written\n"
    assert seconds < PATIENCE
    assert not alive
    assert not (tmp_path / "lara-verify-report").exists()


def test_an_interrupt_of_the_diagnosis_keeps_what_was_refuted(stranger, monkeypatch, tmp_path, capsys):
    from lara_verify import suite

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(suite, "diagnose", interrupted)
    words = ["check", stranger("wrong:constant"), "--as", "ra", "--quick", "--only", "*/unbiased/P1/S=16"]
    monkeypatch.setattr(sys, "argv", ["lara-verify", *words, "--out", str(tmp_path / "report")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    results = whole(tmp_path / "report")
    assert [check.verdict for check in results.checks] == ["refuted"]
    assert "interrupted; 1 refuted" in capsys.readouterr().out


def test_a_time_limit_ends_a_run_with_a_whole_report(lara_verify):
    began = time.monotonic()
    ran = lara_verify("run", "--full", "--only", "reference/ra/*", "--time-limit", "4")
    assert ran.code == 3, ran.out + ran.err
    assert time.monotonic() - began < 4 + PATIENCE
    results = whole(ran.folder)
    assert results.verdict == "undecided"
    assert results.command == "lara-verify run --full --time-limit 4.0 --only 'reference/ra/*'"
