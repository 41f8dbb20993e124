"""A command as a candidate: files in, files out, and one sentence for everything else."""

import sys

import numpy as np
import pytest

from lara_verify.adapter import Adapter
from lara_verify.problems import make_problem
from lara_verify.sources import Candidate, Seeds, SourceError
from lara_verify.sources import command as commands
from lara_verify.sources.candidate import inspect_candidate
from lara_verify.sources.target import TargetError

pytestmark = pytest.mark.usefixtures("no_process_left")

ANSWER = """
import sys
import numpy as np
given = np.load(sys.argv[1])
n, e = len(given["q"]), given["v"].shape[1]
mask = float(given["key_mask"].sum()) if "key_mask" in given.files else -1.0
out = given["seeds"][:, None, None] * np.ones((1, n, e)) + given["n_samples"] + mask
np.savez(sys.argv[2], out=out)
"""


@pytest.fixture
def target(tmp_path):
    """A command that runs this Python text."""

    def write(text):
        (tmp_path / "answer.py").write_text(text)
        return f"command: '{sys.executable}' '{tmp_path / 'answer.py'}'"

    return write


def drawn(target, seeds, problem="P6-small", adapter=None, call_limit=20.0):
    with Candidate(target, "ra", 2, call_limit, adapter=adapter).open(make_problem(problem)) as source:
        return source.draw(seeds)


def test_one_run_answers_many_seeds_and_blocks_are_split(target):
    seeds = Seeds(0, 0, 0, 5)
    value = drawn(target(ANSWER), seeds).value
    assert np.array_equal(value[:, 0, 0], np.array(seeds.integers()) + 2.0 - 1.0)
    assert commands.SEEDS_A_RUN >= 5
    assert value.shape[1:] == (3, 4)


def test_more_seeds_than_a_run_takes(target):
    seeds = Seeds(0, 0, 0, commands.SEEDS_A_RUN + 3)
    assert np.array_equal(drawn(target(ANSWER), seeds).value[:, 1, 1], np.array(seeds.integers()) + 1.0)


def test_a_mask_is_handed_over_where_it_is_asked_for(target):
    problem = make_problem("P5-padded")
    value = drawn(target(ANSWER), Seeds(0, 0, 0, 1), "P5-padded", Adapter(mask_arg="key_mask")).value
    assert value[0, 0, 0] == Seeds(0, 0, 0, 1).integers()[0] + 2 + np.sum(problem.key_mask)
    with pytest.raises(SourceError, match="it takes no key_mask and the problem has one"):
        drawn(target(ANSWER), Seeds(0, 0, 0, 1), "P5-padded")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit('no licence')", r"it ended with exit code 1, saying: no licence \(seeds from "),
        ("pass", "it wrote no out.npz"),
        ("import sys; open(sys.argv[2], 'w').write('x')", "it wrote an out.npz that cannot be read"),
        ("import sys, numpy as np; np.savez(sys.argv[2], y=1)", "it wrote y to out.npz; expected out"),
        (
            "import sys, numpy as np; np.savez(sys.argv[2], out=np.zeros((3, 4)))",
            r"it wrote out of shape \(3, 4\); expected \(4, N, e\)",
        ),
        (
            "import sys, numpy as np; np.savez(sys.argv[2], out=np.zeros((4, 4, 3)))",
            r"it returned shape \(4, 3\); expected \(3, 4\)",
        ),
        ("import sys, numpy as np; np.savez(sys.argv[2], out=np.full((4, 3, 4), np.nan))", "it returned NaN"),
        ("import time; time.sleep(100)", "it hung: a run for 4 seeds did not end within 0.5 s"),
    ],
)
def test_whatever_it_does_instead_is_one_sentence(target, text, said):
    with pytest.raises(SourceError, match=said) as error:
        drawn(target(text), Seeds(0, 0, 0, 4), call_limit=0.5 if "sleep" in text else 20.0)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [("command:", "names no command"), ("command: no-such-program x", "there is no program 'no-such-program'"),
     ("command: 'a", "cannot be split into words")],
)  # fmt: skip
def test_a_command_that_is_none_cannot_be_loaded(words, said):
    with pytest.raises(TargetError, match=said):
        inspect_candidate(words)
