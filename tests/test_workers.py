"""Tasks over worker processes: every one is answered for, whatever it does to its worker; nothing stays behind."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cloudpickle
import psutil
import pytest

from lara_verify.workers import SCRATCH, end_tree, run_all, scratch_folder

# a worker cannot import this file where the tests are not on its path
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def work(task):
    """Square a number, or do what a word says."""
    match task:
        case "raise":
            raise ValueError("no")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die late":
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            os._exit(3)
        case "daemon":
            sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
            code = f"import subprocess; print(subprocess.Popen({sleep!r}, stdout=-3, start_new_session=True).pid)"
            daemon = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
            (Path(scratch_folder()) / "file").touch()
            return int(daemon.stdout), os.environ[SCRATCH]
        case "sleep":
            time.sleep(1000)
        case "threads":
            return os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            return "still here"
    return task * task


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    children = psutil.Process().children(recursive=True)
    _, alive = psutil.wait_procs([p for p in children if "resource_tracker" not in " ".join(p.cmdline())], timeout=2)
    assert not alive


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_every_task_is_answered_once(n_workers):
    tasks = list(range(7))
    assert sorted(run_all(work, tasks, n_workers)) == [(t, t * t) for t in tasks]


def test_no_task_no_worker():
    assert list(run_all(work, [], 2)) == []


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_task_that_raises_is_answered_with_its_exception(n_workers):
    answers = dict(run_all(work, [1, "raise", 2, 3], n_workers))
    assert isinstance(answers.pop("raise"), ValueError)
    assert answers == {1: 1, 2: 4, 3: 9}


@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("poison", ["die", "leave"])
def test_a_task_that_kills_its_worker_is_named_and_the_others_are_done(n_workers, poison):
    tasks = [1, 2, poison, 3, 4, 5]
    answers = dict(run_all(work, tasks, n_workers))
    assert isinstance(answers.pop(poison), BrokenProcessPool)
    assert answers == {t: t * t for t in (1, 2, 3, 4, 5)}


def test_two_poisons_are_both_named():
    answers = dict(run_all(work, ["die", 2, "leave", 3], 2))
    assert isinstance(answers.pop("die"), BrokenProcessPool)
    assert isinstance(answers.pop("leave"), BrokenProcessPool)
    assert answers == {2: 4, 3: 9}


def test_a_worker_may_die_while_a_result_is_looked_at():
    answers = {}
    for task, answer in run_all(work, [1, "die late", 3, 4], 2):
        answers[task] = answer
        time.sleep(2 if task == 1 else 0)
    assert isinstance(answers.pop("die late"), BrokenProcessPool)
    assert answers == {1: 1, 3: 9, 4: 16}


def test_time_that_is_over_ends_it_without_the_rest():
    ends = time.monotonic() + 2
    answers = list(run_all(work, [2, "sleep"], 2, lambda: ends - time.monotonic()))
    assert answers == [(2, 4)]
    assert time.monotonic() < ends + 10


def test_nothing_that_has_left_its_family_stays():
    """A process in a session of its own whose parent has ended, and a file in the folder of the run."""
    ends = time.monotonic() + 60
    answers = run_all(work, ["daemon", "sleep"], 2, lambda: ends - time.monotonic())
    _, (daemon, folder) = next(answers)
    running = psutil.Process(daemon)
    assert list(Path(folder).glob("*/file"))
    answers.close()
    assert not running.is_running() or running.status() == psutil.STATUS_ZOMBIE
    assert not Path(folder).exists()


def test_who_stops_listening_ends_it():
    answers = run_all(work, [2, "sleep", "sleep"], 2)
    assert next(answers) == (2, 4)
    answers.close()


def test_a_worker_has_one_thread_and_leaves_interrupts_to_us():
    assert dict(run_all(work, ["threads", "interrupt"], 1)) == {"threads": ("1", "1"), "interrupt": "still here"}


def test_a_tree_ends_with_its_root():
    inner = "import time; time.sleep(1000)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    root = subprocess.Popen([sys.executable, "-c", outer])
    deadline = time.monotonic() + 30
    while not (family := psutil.Process(root.pid).children(recursive=True)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert family
    end_tree(root.pid)
    root.wait(5)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)
    end_tree(root.pid)
