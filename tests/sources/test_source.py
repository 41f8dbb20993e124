"""Seeds: pure functions of their fields, and distinct over the streams of a run."""

import numpy as np
import pytest

from lara_verify.sources import Seeds
from lara_verify.sources.source import CALLS_PER_STREAM


@pytest.mark.parametrize("run", [0, 1, 2**40])
def test_seeds_of_a_run_are_distinct(run):
    """Blocks at the ends of neighbouring, first and last streams; the map is a bijection of 2^31 integers."""
    blocks = [(stream, start) for stream in (0, 1, 2, 255) for start in (0, 1000, CALLS_PER_STREAM - 1000)]
    seeds = [seed for stream, start in blocks for seed in Seeds(run, stream, start, 1000).integers()]
    assert len(set(seeds)) == len(seeds) == 12_000


@pytest.mark.parametrize("run", [0, 7])
def test_seeds_are_small_python_integers(run):
    seeds = Seeds(run, 3, 17, 500).integers()
    assert all(type(seed) is int and 0 <= seed < 2**31 for seed in seeds)


def test_blocks_join_without_a_seam():
    whole = Seeds(5, 2, 0, 100).integers()
    assert Seeds(5, 2, 0, 30).integers() + Seeds(5, 2, 30, 70).integers() == whole


def test_neighbours_are_far_apart():
    """The three-distance theorem: n multiples of a number near the golden ratio keep a distance of 2^31 / (3 n)."""
    seeds = np.sort(Seeds(0, 0, 0, 10_000).integers())
    assert np.diff(seeds).min() >= 2**31 / 30_000


def test_runs_have_other_seeds():
    assert Seeds(0, 0, 0, 100).integers() != Seeds(1, 0, 0, 100).integers()


def test_a_generator_is_a_function_of_all_fields():
    fields = [(0, 0, 0, 16), (1, 0, 0, 16), (0, 1, 0, 16), (0, 0, 16, 16), (0, 0, 0, 32)]
    draws = [Seeds(*f).generator().integers(2**62) for f in fields]
    assert len(set(draws)) == len(fields)
    assert [Seeds(*f).generator().integers(2**62) for f in fields] == draws
