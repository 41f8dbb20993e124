"""Calling code as it is: what its arrays, axes, arguments and conventions are, as data.

What is described here turns a library's function, class or module into a candidate ``f(q, k, v, *, n_samples,
seed)``. Nothing of the law is changed: axes are moved, arguments renamed, arrays converted, and the scale is put
into q and k where the code does not apply one.
"""

from dataclasses import dataclass, fields

AXES = "bhnd"
"""Letters of a layout: batch, heads, positions, dimension."""

CHOICES = {
    "arrays": ("numpy", "torch", "jax"),
    "seed_by": ("argument", "global", "generator"),
    "mask_kind": ("keep", "drop", "additive"),
    "scale": ("default", "one"),
    "columns": ("any", "d"),
    "mode": ("as-built", "train", "eval"),
}
"""What each of these fields may be."""


class AdapterError(ValueError):
    """The description of a candidate makes no sense; the message says in one sentence what was got and expected."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a candidate wants to be called.

    Parameters
    ----------
    arrays
        ``numpy``, ``torch`` or ``jax``: the library of the arrays handed over.
    layout
        Order of the axes of q, k, v and of the output: letters out of ``b`` (batch), ``h`` (heads), ``n``
        (positions), ``d`` (dimension), the last two required: ``nd``, ``bnd``, ``bhnd``, ``bnhd`` … Batch and heads
        have size 1.
    init
        Keyword arguments NAME=VALUE that a class is called with; sizes may stand in VALUE as ``{d}``, ``{e}``,
        ``{n}``, ``{m}``, ``{n_samples}``. Given as an option once for each.
    call
        Keyword arguments NAME=VALUE added to every call, with sizes as above. Given as an option once for each.
    n_samples_arg
        Name of the argument that takes the number of draws; empty if it has none.
    seed_by
        ``argument``: an int; ``global``: the global generators of Python, NumPy and torch are
        seeded before the call; ``generator``: a seeded ``torch.Generator``, or NumPy's or JAX's.
    seed_arg
        Name of the argument that takes the seed or generator.
    mask_arg
        Name of the argument that takes the key mask, ``(M,)`` or with the batch axis ``(1, M)``; empty:
        ``key_mask`` if the signature has it, else none.
    mask_kind
        ``keep``: True takes part; ``drop``: True is masked; ``additive``: 0 takes part, minus infinity is masked.
    scale
        ``default``: the code multiplies logits by 1/sqrt(d) itself; ``one``: it does not, and is handed q and k
        that hold the root of it each.
    columns
        ``d``: the code needs values of as many columns as d; they are handed over d at a time, with the same seed.
    mode
        ``train`` or ``eval`` puts a torch module into that mode for the call, and back.
    redraw
        Name of a method that draws the features anew, called before every call on one lasting instance; empty: a
        class is made anew for every call.
    """

    arrays: str = "numpy"
    layout: str = "nd"
    init: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    n_samples_arg: str = "n_samples"
    seed_by: str = "argument"
    seed_arg: str = "seed"
    mask_arg: str = ""
    mask_kind: str = "keep"
    scale: str = "default"
    columns: str = "any"
    mode: str = "as-built"
    redraw: str = ""

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise AdapterError(f"{_option(name)} is {getattr(self, name)!r}; expected {' or '.join(known)}")
        if len(set(self.layout)) < len(self.layout) or not {"n", "d"} <= set(self.layout) <= set(AXES):
            raise AdapterError(
                f"--layout is {self.layout!r}; expected n, d and, where there are such axes, b and h, each once"
            )
        for name in ("init", "call"):
            for text in getattr(self, name):
                argument, equals, _ = text.partition("=")
                if not (equals and argument.isidentifier()):
                    raise AdapterError(f"{_option(name)} is {text!r}; expected NAME=VALUE")
        for name in ("n_samples_arg", "seed_arg", "mask_arg", "redraw"):
            text = getattr(self, name)
            if text and not text.isidentifier():
                raise AdapterError(f"{_option(name)} is {text!r}; expected a name")
        if self.seed_by != "global" and not self.seed_arg:
            raise AdapterError("--seed-arg is empty; expected the name of an argument, or --seed-by global")

    def words(self) -> list[str]:
        """The options of the command line that make it, those that are default left out."""
        words = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("init", "call"):
                words += [word for text in value for word in (_option(field.name), text)]
            elif value != field.default:
                words += [_option(field.name), value]
        return words


AS_A_CANDIDATE = Adapter()
"""A candidate's own face, ``f(q, k, v, *, n_samples, seed)``."""


def named_values(texts: tuple[str, ...]) -> dict[str, str]:
    """Split ``NAME=VALUE`` texts: the values by name."""
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
