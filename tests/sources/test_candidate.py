"""A stranger's function in a process of its own: whatever it does becomes draws or one sentence."""

import numpy as np
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

    def draw(short, *, seeds=SEEDS, n_samples=2, problem="P6-small", call_limit=20.0, dtype="float64"):
        with Candidate(stranger(short), "ra", n_samples, call_limit, dtype).open(make_problem(problem)) as source:
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


def test_inspection_tells_options_and_signature(stranger):
    assert inspect_candidate(stranger("right:ra")) == ((), None)
    assert inspect_candidate(stranger("right:masked")).options == ("key_mask",)
    assert inspect_candidate(stranger("unruly:wrong_signature")).signature_error is not None
