"""Rows of the keys or values at keys that were drawn for all queries."""

from torch import Tensor

from lara_estimators.torch.tensors import rows_of


def drawn_rows(table: Tensor, batch: tuple[int, ...], component: Tensor) -> Tensor:
    """``(*B, M, width)`` at ``(*R, *B, S)`` gives ``(*R, *B, S, width)``."""
    return rows_of(table, batch, component.unsqueeze(-2)).squeeze(-3)
