"""Simulating a row: the looks of a trial, the largest evidence, and draws that depend on the key alone."""

from dataclasses import replace

import numpy as np
import pytest

from lara_verify.levels.laws import Independent
from lara_verify.levels.marginals import bernoulli
from lara_verify.levels.measure import Level
from lara_verify.levels.rows import BEYOND_TOLERANCE, NOMINALS, NULLS, ROWS, Row
from lara_verify.levels.simulate import REPLICATES, Chunk, blocks, count_errors
from lara_verify.levels.statistics import COORDINATES, DIRECTIONS, Statistic

FAIR = Independent("fair", bernoulli(0.5), (0.0, 0.0))

SEQUENCES = 300


class Spike:
    """Evidence of log 50 after the third block alone; keeps what it was fed."""

    def __init__(self, bounds):
        self.fed = []

    def update(self, block):
        self.fed.append(len(block))

    def log_e(self):
        return np.log(50) if len(self.fed) == 3 else 0.0


def levels_of(row, sequences, seed):
    counts = count_errors(Chunk(row, seed, 0, sequences))
    assert len(counts) == len(NOMINALS)
    kind = row.statistic.kind
    return [
        Level(row.statistic.name, row.law.name, kind, nominal, sequences, sequences, errors)
        for nominal, errors in zip(NOMINALS, counts, strict=True)
    ]


def test_blocks_are_those_of_a_trial():
    sizes = [block.stop - block.start for block in blocks(REPLICATES)]
    assert sizes == [16] * 7 + [18, 21, 25, 29, 34, 39, 46]
    assert sum(sizes) == REPLICATES
    assert [(b.start, b.stop) for b in blocks(20)] == [(0, 16), (16, 20)]


def test_evidence_at_any_look_counts():
    statistic = Statistic("spike", "refute", Spike, Spike.log_e)
    counts = count_errors(Chunk(Row(statistic, FAIR), 0, 0, 7))
    assert counts == tuple(7 if 1 / nominal <= 50 else 0 for nominal in NOMINALS)


def test_counts_depend_on_the_key_alone():
    chunk = Chunk(Row(DIRECTIONS, NULLS[1]), 3, 5, 200)
    assert count_errors(chunk) == count_errors(chunk)


def test_every_key_has_draws_of_its_own(monkeypatch):
    seen = []
    monkeypatch.setattr(
        Spike, "update", lambda self, block: (self.fed.append(len(block)), seen.append(block.tobytes()))
    )
    statistic = Statistic("spike", "refute", Spike, Spike.log_e)
    first = Chunk(Row(statistic, FAIR), 0, 0, 1)
    for chunk in (
        first,
        replace(first, index=1),
        replace(first, seed=1),
        replace(first, row=Row(replace(statistic, name="other"), FAIR)),
        replace(first, row=Row(statistic, replace(FAIR, name="other"))),
    ):
        count_errors(chunk)
    per_chunk = len(list(blocks(REPLICATES)))
    assert len(set(seen)) == len(seen) == 5 * per_chunk


def test_a_wrong_statistic_is_found_out(wrong, rng):
    """Each errs in a third of the sequences or more; 33 of 300 show it, so it is missed with chance below 1e-15."""
    statistic, law_name = wrong
    (law,) = [law for law in (*NULLS, *BEYOND_TOLERANCE) if law.name == law_name]
    levels = levels_of(Row(statistic, law), SEQUENCES, int(rng.integers(2**31)))
    assert [str(level.verdict) for level in levels] == ["refuted", "refuted"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_our_statistics_keep_their_levels(row, rng):
    """Fails with probability below .0005 a nominal level and row, were the levels exact; they are conservative."""
    levels = levels_of(row, SEQUENCES, int(rng.integers(2**31)))
    assert [str(level.verdict) for level in levels] == ["certified", "certified"]


def test_a_statistic_that_finds_a_bias_is_not_taken_for_a_right_one(rng):
    """The same judge on a law that breaks the null: what is counted are real decisions."""
    biased = Independent("biased", bernoulli(0.5), (0.3, 0.0))
    levels = levels_of(Row(COORDINATES, biased), 50, int(rng.integers(2**31)))
    assert [level.errors for level in levels] == [50, 50]
