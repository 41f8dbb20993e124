"""The methods whose cost is measured on long sequences."""

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

from lara_studies.cost.setting import BACKWARD, DIM, N_SAMPLES

BARE, BARE_FIXED = "bare", "bare, w fixed"
"""The bare limit, and that of methods whose draws are noise: w needs no gradient."""

BARE_NAIVE, BARE_LARGE = "bare, 512 rows", "bare, 4096 rows"
"""The bare limit worked on 512 or on 4096 rows at a time, whatever the length."""

SOFTMAX = "softmax (SDPA)"


class Method(NamedTuple):
    """A function of q, k and v, each ``(B, N, 64)``; ``order`` is the power of N that its cost is said to grow with."""

    name: str
    call: Callable[[Any, Any, Any], Any]
    order: int = 1


def bare_of(method: str, step: str) -> str:
    """The bare limit that a method is compared with: its draws are noise, or depend on queries and keys."""
    return BARE_FIXED if step == BACKWARD and method in ("rfa", "performer-pytorch") else BARE


def methods(generator: Any) -> list[Method]:
    """Make the methods that are always there; draws come from `generator`, and drawing is part of the call."""
    from torch.nn.functional import scaled_dot_product_attention

    from lara_estimators.torch import lara, ra, rfa

    def several(weighting: str) -> Callable[[Any, Any, Any], Any]:
        def call(q: Any, k: Any, v: Any) -> Any:
            return lara(q, k, v, n_samples=N_SAMPLES, n_proposals=N_SAMPLES, weighting=weighting, generator=generator)

        return call

    return [
        Method("rfa", lambda q, k, v: rfa(q, k, v, n_samples=N_SAMPLES, generator=generator)),
        Method("lara[balance]", several("balance")),
        Method("lara[query-clamped]", several("query-clamped")),
        Method("ra", lambda q, k, v: ra(q, k, v, n_samples=1, generator=generator), order=2),
        # three axes would take the road that stores all weights
        Method(SOFTMAX, lambda q, k, v: scaled_dot_product_attention(q[None], k[None], v[None])[0], order=2),
    ]


def performer(device: str) -> Method | str:
    """The attention of performer-pytorch with as many features, or why it is left out."""
    if importlib.util.find_spec("performer_pytorch") is None:
        return "performer-pytorch is not installed"
    fast_attention = importlib.import_module("performer_pytorch").FastAttention
    attention = fast_attention(dim_heads=DIM, nb_features=N_SAMPLES).to(device)
    return Method("performer-pytorch", lambda q, k, v: attention(q[None], k[None], v[None])[0])
