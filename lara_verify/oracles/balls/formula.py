"""What a formula is: one batch item and its noise in, the rows of the output out."""

from typing import Any, ClassVar, Protocol

from lara_verify.oracles.balls.item import Item, Row


class Formula(Protocol):
    """An estimator as a function of one batch item and one replicate of its noise.

    ``noise_axes`` says for every field of the noise how many of its last axes belong to one item and one replicate.
    """

    noise_axes: ClassVar[tuple[int, ...]]

    def rows(self, item: Item, *noise: Any) -> list[Row]:
        """Return the estimate, a row a query; `noise` are the fields of the estimator's noise, as arrays."""
