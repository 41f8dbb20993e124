"""Shards are pure, and their sums do not depend on who drew them when."""

from dataclasses import replace

import numpy as np
import pytest

from lara_studies import engine
from lara_studies.bias_value import BiasValue
from lara_studies.engine import run_studies, shard_generator
from lara_verify.outcome import Settings

STUDY = BiasValue(problems=("P3L-d2",), n_samples=(1, 4))


def in_this_process(monkeypatch, order, then=None):
    """Let the engine meet its shards in this order."""

    def run(function, tasks, n_workers, seconds_left):  # noqa: ARG001
        for task in order(tasks):
            yield task, function(task)
        if then is not None:
            raise then

    monkeypatch.setattr(engine, "run_all", run)


def told(outcome):
    return [(study.rows, study.findings) for study in outcome.studies]


def test_results_do_not_depend_on_the_number_of_workers():
    one, two = (run_studies([STUDY], Settings("quick", seed=3, n_workers=n)) for n in (1, 2))
    assert told(one) == told(two)
    assert one.studies[0].n_shards == 6


def test_results_do_not_depend_on_the_order_of_arrival(monkeypatch):
    seen = []
    for order in (list, lambda tasks: tasks[::-1], lambda tasks: tasks[1::2] + tasks[::2]):
        in_this_process(monkeypatch, order)
        seen.append(told(run_studies([STUDY], Settings("quick"))))
    assert seen[0] == seen[1] == seen[2]


def test_another_seed_gives_other_draws(monkeypatch):
    in_this_process(monkeypatch, list)
    first, second = (run_studies([STUDY], Settings("quick", seed=seed)).studies[0].rows for seed in (0, 1))
    assert all(a.value != b.value for a, b in zip(first, second, strict=True))


def test_a_generator_is_a_function_of_spec_cell_index_and_seed_and_of_nothing_else():
    cell, spec = STUDY.cells("quick")[0], STUDY.spec

    def first(*key):
        return shard_generator(*key).integers(2**63)

    keys = [
        (spec, cell, 0, 0),
        (spec, cell, 0, 1),
        (spec, cell, 1, 0),
        (spec, replace(cell, n_samples=2), 0, 0),
        (spec, replace(cell, block_size=128), 0, 0),
        (replace(spec, name="another"), cell, 0, 0),
    ]
    assert len({first(*key) for key in keys}) == len(keys)
    assert first(spec, replace(cell, n_shards=99), 0, 0) == first(*keys[0])


def test_a_larger_profile_begins_with_the_shards_of_a_smaller_one(monkeypatch):
    in_this_process(monkeypatch, lambda tasks: [task for task in tasks if task.index < 3])
    quick, cut_short = (run_studies([STUDY], Settings(profile)) for profile in ("quick", "full"))
    assert quick.studies[0].rows == cut_short.studies[0].rows


def test_sums_end_at_the_first_missing_shard(monkeypatch):
    in_this_process(monkeypatch, lambda tasks: [task for task in tasks if task.index != 2])
    (study,) = run_studies([STUDY], Settings("default")).studies
    assert {row.n_replicates for row in study.rows} == {2 * 8192}


def test_an_interrupt_keeps_what_was_finished(monkeypatch):
    in_this_process(monkeypatch, lambda tasks: tasks[:2], then=KeyboardInterrupt())
    outcome = run_studies([STUDY], Settings("quick"))
    assert outcome.interrupted
    assert {row.n_samples for row in outcome.studies[0].rows} == {1}
    last = outcome.studies[0].findings[-1]
    assert (last.verdict, last.message) == ("undecided", "rfa/P3L-d2/S=4: a limit came before the first shard was in")


def test_a_shard_that_raises_is_an_error_of_its_cell(fails):
    outcome = run_studies([replace(STUDY, estimator=fails, n_samples=(1,))], Settings("quick", n_workers=1))
    (found,) = outcome.studies[0].findings
    assert found.verdict == outcome.verdict == "error"
    assert found.message == "rfa/P3L-d2/S=1: the verifier failed here: ArithmeticError: no rfa of 1 samples today"


def test_deselected_cells_and_studies_are_left_out_and_keep_their_share(monkeypatch):
    in_this_process(monkeypatch, list)
    other = BiasValue(problems=("P3L-d8",), n_samples=(1,))
    outcome = run_studies([STUDY, other], Settings("default", only="d2/S=1"))
    (study,) = outcome.studies
    assert study.n_cells == 1
    assert "one run in 4 million" in study.findings[0].message  # half of a half of the budget


def test_progress_is_told_of_every_cell(monkeypatch):
    in_this_process(monkeypatch, lambda tasks: tasks[::-1])
    told_of = []
    outcome = run_studies([STUDY], Settings("quick"), told_of.append)
    assert sorted(row for rows in told_of for row in rows) == sorted(outcome.studies[0].rows)


@pytest.mark.parametrize("profile", ["quick", "default", "full"])
def test_a_summary_is_of_all_shards(monkeypatch, profile):
    in_this_process(monkeypatch, list)
    (study,) = run_studies([replace(STUDY, n_samples=(1,))], Settings(profile)).studies
    n_shards = STUDY.cells(profile)[0].n_shards
    assert np.all([row.n_replicates == n_shards * 32 * 256 for row in study.rows])
