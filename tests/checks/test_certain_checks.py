"""Checks that see rather than estimate: protocol, seeds, inputs, leaks. One violation refutes; none certifies."""

from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, RFA, Index, MeanValue, Softmax
from lara_verify.problems import make_problem
from lara_verify.sources import Block, BuiltIn, SourceError
from lara_verify.verdict import Verdict

ALGORITHMS = pytest.mark.parametrize("algorithm", [RA(2), RFA(2), Index(3), Softmax()], ids=lambda a: a.name)


def attention(problem, seeds):
    """Right `ra` at two samples for these seeds."""
    estimator = RA(2)
    return estimator(problem, estimator.draw(problem, seeds.generator(), (seeds.count,))).value


@ALGORITHMS
@pytest.mark.parametrize(
    "claim", [ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.SEED_HONOURED, ClaimName.NO_LEAK]
)
def test_right_sources_are_certified(judge, algorithm, claim):
    result = judge(BuiltIn("reference", algorithm), claim, "P5")
    assert result.verdict is Verdict.CERTIFIED
    assert result.n_replicates == 64
    assert result.message.endswith("(64 replicates)")


@pytest.mark.parametrize("at", [0, 20, 60])
def test_a_failure_at_any_call_refutes_the_protocol(judge, scripted, at):
    def fails(problem, seeds):
        if seeds.start + seeds.count > at:
            raise SourceError("it returned NaN (seed 5)")
        return Block(attention(problem, seeds))

    result = judge(scripted(fails), ClaimName.PROTOCOL, "P6-small")
    assert result.verdict is Verdict.REFUTED
    assert result.message == "it returned NaN (seed 5)"


@pytest.mark.parametrize("at", [0, 48])
def test_a_changed_argument_is_refuted(judge, scripted, at):
    def changes(problem, seeds):
        return Block(attention(problem, seeds), changed_input="k" if seeds.start >= at else None)

    result = judge(scripted(changes), ClaimName.INPUTS_INTACT, "P6-small")
    assert result.verdict is Verdict.REFUTED
    assert result.message == "it changed its argument k in place; expected inputs left as they were"


class TestSeedHonoured:
    @pytest.mark.parametrize("wrong", ["zeros", "mean of the values", "frozen draw"])
    def test_one_output_for_every_seed_is_refuted(self, judge, scripted, wrong):
        def same(problem, seeds):
            one = {
                "zeros": np.zeros((problem.n_queries, problem.value_dim)),
                "mean of the values": np.tile(problem.v.mean(axis=0), (problem.n_queries, 1)),
                "frozen draw": RA(2)(problem, RA(2).draw(problem, np.random.default_rng(1))).value,
            }[wrong]
            return Block(np.tile(one, (seeds.count, 1, 1)))

        result = judge(scripted(same), ClaimName.SEED_HONOURED, "P6-small")
        assert result.verdict is Verdict.REFUTED
        assert result.message == "64 different seeds gave one and the same output; expected a new draw for each"

    def test_draws_from_hidden_state_are_refuted(self, judge, scripted):
        state = np.random.default_rng(0)

        def hidden(problem, seeds):
            return Block(RA(2)(problem, RA(2).draw(problem, state, (seeds.count,))).value)

        result = judge(scripted(hidden), ClaimName.SEED_HONOURED, "P6-small")
        assert result.verdict is Verdict.REFUTED
        assert result.message.startswith("the same seed gave output[")
        assert result.message.endswith("expected the same output")

    def test_state_that_starts_anew_with_its_process_is_refuted(self, judge):
        """A generator seeded when the module is imported, as it is in every process that serves a candidate."""

        @dataclass(frozen=True)
        class Seeded:
            name: str = "seeded"
            estimator: str = "ra"
            dtype: str = "float64"
            n_samples: int = 2

            @contextmanager
            def open(self, problem):
                state, algorithm = np.random.default_rng(0), RA(2)

                class Opened:
                    def draw(self, seeds):
                        return Block(algorithm(problem, algorithm.draw(problem, state, (seeds.count,))).value)

                yield Opened()

        assert judge(Seeded(), ClaimName.SEED_HONOURED, "P6-small").verdict is Verdict.REFUTED

    def test_rounding_that_depends_on_the_call_is_allowed(self, judge, scripted):
        """Threads may add in another order: a few units in the last place, below the derived tolerance."""
        calls = []

        def jitters(problem, seeds):
            calls.append(1)
            return Block(attention(problem, seeds) * (1 + 2e-16 * (len(calls) % 2)))

        assert judge(scripted(jitters), ClaimName.SEED_HONOURED, "P6-small").verdict is Verdict.CERTIFIED


class TestNoLeak:
    def test_masked_keys_that_reach_an_output_are_refuted(self, judge, altered):
        def leaky(problem, value):
            masked = np.where(problem.key_mask[..., None], 0, problem.v).sum(axis=-2, keepdims=True)
            return value + 1e-6 * masked

        result = judge(altered(leaky), ClaimName.NO_LEAK, "P5")
        assert result.verdict is Verdict.REFUTED
        assert result.message.endswith("when only masked keys changed; expected no effect")

    def test_another_item_that_reaches_an_output_is_refuted(self, judge, altered):
        def leaky(problem, value):
            first = (slice(None), *(slice(0, 1),) * len(problem.batch_shape))
            return value + 1e-6 * value[first].mean()

        result = judge(altered(leaky), ClaimName.NO_LEAK, "P5")
        assert result.verdict is Verdict.REFUTED
        assert result.message.endswith("when only first batch item changed; expected no effect")

    @pytest.mark.parametrize("right", ["zeros", "mean of the values"])
    def test_what_looks_at_nothing_leaks_nothing(self, judge, altered, right):
        """Wrong in every other way: a check must not refute what it does not judge."""
        source = {
            "zeros": altered(lambda problem, value: 0 * value),  # noqa: ARG005
            "mean of the values": BuiltIn("reference", MeanValue()),
        }[right]
        assert judge(source, ClaimName.NO_LEAK, "P5").verdict is Verdict.CERTIFIED

    def test_a_problem_without_mask_and_batch_has_nothing_to_change(self, altered):
        from lara_verify.plan import Case

        case = Case(altered(lambda problem, value: value), ClaimName.NO_LEAK, "P6-small", 0.01)  # noqa: ARG005
        assert len(case.arms) == 1
        assert make_problem("P6-small").key_mask is None


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_a_draw_that_is_renewed_every_second_seed_is_refuted(judge, scripted, dtype):
    """In half precision right outputs may coincide, and nothing is said."""

    def renewed_late(problem, seeds):
        values = [attention(problem, replace(seeds, start=seed // 2 * 2, count=1))[0] for seed in seeds_of(seeds)]
        return Block(np.stack(values), dtype=dtype)

    def seeds_of(seeds):
        return range(seeds.start, seeds.start + seeds.count)

    result = judge(scripted(renewed_late), ClaimName.SEED_HONOURED, "P6-small")
    assert (result.verdict is Verdict.REFUTED) == (dtype == "float64")
    if dtype == "float64":
        assert "gave an output that an earlier one had given" in result.message
