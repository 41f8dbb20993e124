"""P7: queries, keys and values of a real sentence encoder, at any temperature.

``P7-l0h3`` is layer 0, head 3 of all-MiniLM-L6-v2 reading our own text (``data/text.txt``): 64 keys, the first 64
positions, and 8 queries spread evenly over them, d = e = 32, scale ``1/sqrt(32)``. ``P7-l0h3-t0.25`` multiplies the
logits by the temperature .25, through the scale.

What it reveals: norms and directions that no random family has: scaled norms of 2 to 4 and up to 10, keys that share
a large offset, one position that draws most of the attention. At temperature 1 most ratio estimators are far from
their limit there, and an honest verdict is `undecided`; along the temperature axis ``chi^2`` comes down and claims
can be decided.

The extract is made by `make_activations`; its licence and origin are in ``data/NOTICE``.
"""

import hashlib
import io
from functools import cache, partial
from importlib import resources

import numpy as np

from lara_estimators.problem import Problem, ProblemError
from lara_verify.problems.family import Array, Family, frozen

EXTRACT = "minilm_activations.npz"
EXTRACT_SHA256 = "3b20971557ef5d55ea8bd516fee392c617530a24950defdd7ba22a98bd883abc"
LAYERS = (0, 2, 5)
HEADS = (3, 8)
TEMPERATURES = (1.0, 0.5, 0.25, 0.125)
N_QUERIES, N_KEYS = 8, 64


def read_extract() -> dict[str, Array]:
    """Arrays ``l{layer}h{head}{q|k|v}`` of shape ``(positions, 32)``, float32, after their hash was checked.

    Raises
    ------
    ProblemError
        If the file is not the one that this version was released with.
    """
    content = resources.files("lara_verify.problems").joinpath("data", EXTRACT).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != EXTRACT_SHA256:
        raise ProblemError(
            f"{EXTRACT} has sha256 {found[:12]}..., expected {EXTRACT_SHA256[:12]}...: "
            "reinstall the package, or make it anew with python -m lara_verify.problems.make_activations"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


_extract = cache(read_extract)


def _activations(layer: int, head: int, temperature: float, _rng: np.random.Generator) -> Problem:
    stored = _extract()
    q, k, v = (stored[f"l{layer}h{head}{kind}"] for kind in "qkv")
    positions = np.linspace(0, N_KEYS - 1, N_QUERIES).round().astype(int)
    # a power of two, so that queries stay representable; the scale stays the default, which candidates rely on
    return frozen(temperature * q[positions], k[:N_KEYS], v[:N_KEYS])


FAMILIES = tuple(
    Family(
        f"P7-l{layer}h{head}" + ("" if temperature == 1.0 else f"-t{temperature:g}"),
        700,
        f"real activations: layer {layer}, head {head}"
        + ("" if temperature == 1.0 else f", logits times {temperature:g}"),
        partial(_activations, layer, head, temperature),
    )
    for layer in LAYERS
    for head in HEADS
    for temperature in TEMPERATURES
)
