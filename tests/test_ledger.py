"""The budget is split over what is declared."""

import pytest

from lara_verify.ledger import split


@pytest.mark.parametrize("n", [1, 3, 188, 10_000])
def test_shares_add_up_to_no_more_than_the_budget(n):
    """A sum of n shares rounds by at most n units in the last place."""
    shares = split([f"case {i}" for i in range(n)], 1e-6, 1e-3).values()
    assert sum(s.alpha for s in shares) <= 1e-6 * (1 + n * 2.0**-52)
    assert sum(s.beta for s in shares) <= 1e-3 * (1 + n * 2.0**-52)
    assert len({(s.alpha, s.beta) for s in shares}) == 1


def test_a_case_declared_twice_is_named():
    with pytest.raises(ValueError, match="case ids must be distinct; b is declared twice"):
        split(["a", "b", "b", "c"], 0.1, 0.1)


def test_rows_keep_the_order_declared():
    assert [row.id for row in split(["z", "a", "m"], 0.1, 0.1).values()] == ["z", "a", "m"]
