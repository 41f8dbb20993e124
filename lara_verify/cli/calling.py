"""The options of ``check`` that say how a candidate wants to be called."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lara_verify.cli.options import UsageError

if TYPE_CHECKING:
    from lara_verify.sources.adapter import Adapter


@Parameter(name="*", group="How the code wants to be called")
@dataclass(frozen=True, slots=True)
class Calling:
    """How the code wants to be called, if not as f(q, k, v, *, n_samples, seed) with NumPy arrays (N, d).

    Parameters
    ----------
    arrays
        Library of the arrays: ``numpy``, ``torch`` or ``jax``.
    layout
        Axes of q, k, v and the output: letters of ``bhnd`` (batch, heads, positions, dimension), as ``bnhd``.
    init
        Keyword argument NAME=VALUE that a class is called with; sizes may stand in VALUE as ``{d}``, ``{e}``, ``{n}``,
        ``{m}``, ``{n_samples}``. Give it once for each.
    call
        Keyword argument NAME=VALUE added to every call. Give it once for each.
    n_samples_arg
        Name of the argument that takes the number of draws; empty if it has none.
    seed_by
        ``argument``, ``global`` (Python's, NumPy's and torch's generators are seeded) or ``generator``.
    seed_arg
        Name of the argument that takes the seed or the generator.
    mask_arg
        Name of the argument that takes the key mask.
    mask_kind
        ``keep`` (True takes part), ``drop`` (True is masked) or ``additive``.
    scale
        ``default``: the code multiplies logits by 1/sqrt(d); ``one``: it does not.
    columns
        ``d``: the code needs values of as many columns as d.
    mode
        ``train`` or ``eval`` for a torch module; ``as-built`` leaves it.
    redraw
        Name of a method that draws the features anew before every call; without it a class is made anew.
    """

    arrays: str = "numpy"
    layout: str = "nd"
    init: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    call: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    n_samples_arg: str = "n_samples"
    seed_by: str = "argument"
    seed_arg: str = "seed"
    mask_arg: str = ""
    mask_kind: str = "keep"
    scale: str = "default"
    columns: str = "any"
    mode: str = "as-built"
    redraw: str = ""

    def adapter(self) -> "Adapter | None":
        """What it comes to; None if nothing differs from a candidate's own face.

        Raises
        ------
        UsageError
            If an option makes no sense.
        """
        if self == Calling():
            return None
        from lara_verify.sources.adapter import Adapter, AdapterError, pairs

        given = {field.name: getattr(self, field.name) for field in fields(self)}
        try:
            given |= {"init": pairs("--init", self.init), "call": pairs("--call", self.call)}
            return Adapter(**given)
        except AdapterError as error:
            raise UsageError(str(error)) from None


AS_A_CANDIDATE = Calling()
"""The default of ``check``."""
