"""A stranger's function in a process of its own: whatever it does becomes draws or one sentence."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from lara_verify.problems import make_problem
from lara_verify.sources import Candidate, Seeds, SourceError
from lara_verify.sources.candidate import inspect_candidate
from lara_verify.sources.target import TargetError

pytestmark = pytest.mark.usefixtures("no_process_left")

SEEDS = Seeds(0, 0, 0, 4)


@pytest.fixture
def drawn(stranger):
    """One block of a stranger's function on a small problem."""

    def draw(short, *, seeds=SEEDS, n_samples=2, problem="P6-small", **limits):
        with Candidate(stranger(short), "ra", n_samples, **limits).open(make_problem(problem)) as source:
            return source.draw(seeds)

    return draw


def test_a_block_is_one_call_a_seed(drawn):
    block = drawn("right:ra")
    assert block.value.shape == (4, 3, 4)
    assert block.value.dtype == np.float64
    assert block.changed_input is None
    assert len(np.unique(block.value[:, 0, 0])) == 4
    np.testing.assert_array_equal(block.value, drawn("right:ra").value)
    np.testing.assert_array_equal(block.value[2:], drawn("right:ra", seeds=Seeds(0, 0, 2, 2)).value)
    assert np.any(block.value != drawn("right:ra", seeds=Seeds(1, 0, 0, 4)).value)


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (
            "wrong_signature",
            "it cannot be called as f(q, k, v, *, n_samples, seed): missing a required argument: 'samples'",
        ),
        ("wrong_shape", "it returned shape (4, 3); expected (3, 4) (seed "),
        ("nan", "it returned NaN (seed "),
        ("infinite", "it returned infinity (seed "),
        ("raising", "it raised ValueError: cannot attend (seed "),
        ("leaving", "it raised SystemExit: enough (seed "),
        ("ending", "it ended its process with exit code 7"),
        ("aborting", "it ended its process by signal SIGABRT"),
        ("crashing", "it ended its process by signal SIGSEGV"),
        ("listing", "it returned a list; expected an array of shape (3, 4) (seed "),
        ("nothing", "it returned a NoneType; expected an array of shape (3, 4) (seed "),
        ("ragged", "it returned a list; expected an array of shape (3, 4) "),
        ("complexes", "it returned dtype complex128; expected a real floating one (seed "),
        ("integers", "it returned dtype int64; expected a real floating one (seed "),
        ("pretending", "it returned a Pretender that is no array: TypeError: "),
        ("closing_everything", "it closed the pipe that its answers come by"),
        ("writing_everywhere", "it wrote into the pipe that its answers come by"),
        ("raising_the_unspeakable", "it raised Unspeakable (seed "),
        ("recursing", "it raised RecursionError: maximum recursion depth exceeded"),
        ("reading", "it raised FileNotFoundError: [Errno 2] No such file or directory: 'weights.npy' (seed "),
    ],
)
def test_misbehaviour_ends_in_one_sentence(drawn, short, said):
    with pytest.raises(SourceError) as raised:
        drawn(f"unruly:{short}")
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("short", ["hanging", "hanging_with_family"])
def test_a_hang_ends_in_time_and_takes_its_family_along(drawn, short):
    with pytest.raises(SourceError, match=r"^it hung: a call did not return within 0\.3 s$"):
        drawn(f"unruly:{short}", call_limit=0.3)


@pytest.mark.parametrize("short", ["hoarding", "hoarding_in_family", "leaking"])
def test_memory_beyond_the_limit_ends_it_and_its_family(drawn, short):
    """Numbered so that a leak of a mebibyte a call passes 64 MiB."""
    with pytest.raises(SourceError, match=r"^it took more than 64 MiB of memory$"):
        drawn(f"unruly:{short}", memory_limit=64, seeds=Seeds(0, 0, 0, 4096))


def test_memory_within_the_limit_is_nobodys_business(drawn):
    """Four calls of a mebibyte each, under a limit that is eight times what they keep."""
    assert drawn("unruly:leaking", memory_limit=32).value.shape == (4, 3, 4)


def test_it_is_called_in_an_empty_folder_that_is_removed(stranger, tmp_path):
    """Imported where the run was started; modules are found from there on later too."""
    (tmp_path / "later.py").write_text("", encoding="utf-8")
    body = (
        "import os, pathlib, right\nimported = os.getcwd()\ndef f(q, k, v, *, n_samples, seed):\n"
        "    import later\n    open('stray', 'w').close()\n"
        f"    pathlib.Path({str(tmp_path)!r}, 'told').write_text(f'{{imported}}\\n{{os.getcwd()}}')\n"
        "    return right.ra(q, k, v, n_samples=n_samples, seed=seed)"
    )
    (tmp_path / "folders.py").write_text(body, encoding="utf-8")
    (tmp_path / "right.py").write_text(
        Path(stranger("right:ra").rpartition(":")[0]).read_text(encoding="utf-8"), encoding="utf-8"
    )
    before = set(Path().iterdir())
    with Candidate(f"{tmp_path / 'folders.py'}:f", "ra", 1).open(make_problem("P6-small")) as source:
        source.draw(SEEDS)
        imported, called = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
        assert [path.name for path in Path(called).iterdir()] == ["stray"]
    assert imported == str(Path.cwd())
    assert set(Path().iterdir()) == before
    assert not Path(called).exists()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal that nothing can answer")
def test_who_judges_may_be_killed_and_nothing_stays(stranger, tmp_path):
    """Killed while a call hangs that was to take a thousand seconds: process and folder are gone within seconds."""
    text = (
        "from lara_verify.problems import make_problem\nfrom lara_verify.sources import Candidate, Seeds\n"
        f"candidate = Candidate({stranger('unruly:hanging')!r}, 'ra', 1, 1000.0)\n"
        "with candidate.open(make_problem('P6-small')) as source:\n"
        "    print('open', flush=True)\n    source.draw(Seeds(0, 0, 0, 1))\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    judge = subprocess.Popen([sys.executable, "-c", text], env=environment, stdout=subprocess.PIPE, text=True)
    with judge:
        assert judge.stdout.readline() == "open\n"
        family = psutil.Process(judge.pid).children(recursive=True)
        assert family
        assert list(tmp_path.iterdir())
        judge.kill()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    until = time.monotonic() + 5
    while list(tmp_path.iterdir()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list(tmp_path.iterdir())


def test_calls_that_are_slow_together_are_no_hang(tmp_path):
    """Eight calls of .2 s each under a limit of .5 s a call."""
    file = tmp_path / "slow.py"
    body = (
        "import time, numpy\ndef f(q, k, v, *, n_samples, seed):\n    time.sleep(0.2)\n    return numpy.zeros((3, 4))"
    )
    file.write_text(body, encoding="utf-8")
    with Candidate(f"{file}:f", "ra", 1, 0.5).open(make_problem("P6-small")) as source:
        assert source.draw(Seeds(0, 0, 0, 8)).value.shape == (8, 3, 4)


def test_its_chatter_does_not_reach_us(drawn, capfd):
    np.testing.assert_array_equal(drawn("right:chatty").value, drawn("right:ra").value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("short", "dtype"), [("ra", "float64"), ("single", "float32"), ("single_inside", "float32"), ("chatty", "float64")]
)
def test_the_type_that_it_computes_in_shows(drawn, short, dtype):
    assert drawn(f"right:{short}").dtype == dtype


def test_it_gets_the_type_that_is_asked_for(tmp_path):
    (tmp_path / "echo.py").write_text("def f(q, k, v, *, n_samples, seed):\n    return v[:3] / 3", encoding="utf-8")
    for dtype in ("float32", "float64"):
        with Candidate(f"{tmp_path / 'echo.py'}:f", "ra", 1, dtype=dtype).open(make_problem("P6-small")) as source:
            assert source.draw(SEEDS).dtype == dtype


def test_a_write_into_its_arguments_is_told(drawn):
    assert drawn("wrong:mutating").changed_input == "k"


def test_a_mask_is_handed_over_only_where_it_is_named(drawn):
    problem = make_problem("P5-padded")
    masked = drawn("right:masked", problem="P5-padded")
    assert masked.value.shape == (4, problem.n_queries, problem.value_dim)
    assert drawn("right:masked").value.shape == (4, 3, 4)
    with pytest.raises(SourceError, match=r"^it takes no key_mask and the problem has one$"):
        drawn("right:ra", problem="P5-padded")


@pytest.mark.parametrize(
    ("short", "said"),
    [
        ("nowhere:ra", "there is no file "),
        ("right:rs", "there is no 'rs' in "),
        ("unruly:not_callable", "'not_callable' in "),
        ("with_import_error:ra", "importing "),
    ],
)
def test_what_cannot_be_loaded_is_no_candidate(stranger, short, said):
    with pytest.raises(TargetError) as raised:
        inspect_candidate(stranger(short))
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_an_end_while_loading_is_told(tmp_path):
    (tmp_path / "ending.py").write_text("import os\nos._exit(3)", encoding="utf-8")
    with pytest.raises(TargetError, match=r"loading .*ending\.py:f failed: it ended its process with exit code 3"):
        inspect_candidate(f"{tmp_path / 'ending.py'}:f")


@pytest.mark.parametrize(
    ("short", "limits", "said"),
    [
        ("hanging", {"call_limit": 0.2}, "it hung: importing it did not end within 1.2 s"),
        ("hanging", {"time_limit": 1.0}, "it hung: importing it did not end within 1 s"),
        ("hoarding", {"memory_limit": 64}, "it took more than 64 MiB of memory"),
    ],
)
def test_an_import_is_kept_within_limits(stranger, short, limits, said):
    target = stranger(f"imported/{short}:f")
    with pytest.raises(TargetError) as raised:
        inspect_candidate(target, **limits)
    assert str(raised.value) == f"loading {target} failed: {said}"


def test_what_can_be_imported_only_once_breaks_its_protocol(tmp_path):
    body = "import pathlib\npathlib.Path(__file__).with_name('once').mkdir()\ndef f(q, k, v, *, n_samples, seed): ..."
    (tmp_path / "shy.py").write_text(body, encoding="utf-8")
    target = f"{tmp_path / 'shy.py'}:f"
    assert inspect_candidate(target).signature_error is None
    with (
        pytest.raises(SourceError, match=r"^it could be imported once and then no more: importing .* FileExistsError"),
        Candidate(target, "ra", 1).open(make_problem("P6-small")),
    ):
        pass


def test_inspection_tells_options_and_signature(stranger):
    assert inspect_candidate(stranger("right:ra")) == ((), None)
    assert inspect_candidate(stranger("right:masked")).options == ("key_mask",)
    assert inspect_candidate(stranger("unruly:wrong_signature")).signature_error is not None
