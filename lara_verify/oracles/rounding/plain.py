"""Bounds of the estimators without features: softmax attention, drawn values, the mean of the values."""

from typing import Any

import numpy as np

from lara_verify.oracles.rounding.draws import attention
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.symbols import drawn


def softmax(setting: Setting) -> Pair:
    """Of `softmax`: one average over keys."""
    of, _, machine, _ = setting
    average = attention(of, machine)
    return average.error, average.value


def index(setting: Setting) -> Pair:
    """Of `index`: an even average of drawn values, S - 1 sums and a product."""
    of, noise, machine, _ = setting
    values = drawn(of.v, noise.component, 2)
    return machine.gamma(values.shape[-2] + 2) * np.mean(np.abs(values), axis=-2), np.mean(values, axis=-2)


def mean_value(setting: Setting) -> Pair:
    """Of `mean_value`: an even average of the values that take part."""
    of, _, machine, _ = setting
    n_keys: Any = np.sum(of.takes_part, axis=-1)[..., None, None]
    size = np.sum(np.abs(of.v), axis=-2, keepdims=True) / n_keys
    return machine.gamma(of.v.shape[-2] + 3) * size, np.sum(of.v, axis=-2, keepdims=True) / n_keys
