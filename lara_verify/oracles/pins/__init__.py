"""Second roads: each oracle against a way to the same number that shares no code with it."""

from collections.abc import Iterator

from lara_verify.oracles.pins.best import best_pins
from lara_verify.oracles.pins.bias_rates import RateRow, bias_rates
from lara_verify.oracles.pins.blocks import block_pins
from lara_verify.oracles.pins.drawn_index import drawn_index_pins
from lara_verify.oracles.pins.kernels import kernel_pins
from lara_verify.oracles.pins.keys import key_pins
from lara_verify.oracles.pins.limits import limit_pins
from lara_verify.oracles.pins.linear_errors import linear_error_pins
from lara_verify.oracles.pins.moments import moment_pins
from lara_verify.oracles.pins.pin import Pin, Row, judged, judged_answers
from lara_verify.oracles.pins.ratio import ratio_pins

__all__ = ["Pin", "RateRow", "Row", "all_pins", "bias_rates", "judged", "judged_answers"]


def all_pins() -> Iterator[Pin]:
    """Every pin, family by family."""
    yield from drawn_index_pins()
    yield from moment_pins()
    yield from block_pins()
    yield from linear_error_pins()
    yield from ratio_pins()
    yield from limit_pins()
    yield from kernel_pins()
    yield from best_pins()
    yield from key_pins()
