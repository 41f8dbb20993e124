"""How long sequences are cut: into blocks of rows whose weights fit a buffer, so that memory is linear in the rows."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

LEAST_ON_CPU, MOST_ON_CPU = 2**17, 2**20
LEAST_ELSEWHERE, MOST_ELSEWHERE = 2**22, 2**26
"""Numbers in a buffer. Small ones stay in a cache, large ones start threads and kernels less often."""

PART, PART_AT_PEAK = 8, 16
"""Between these bounds a buffer is this part of the rows; the second where all that is large has been made already."""

LEAST_ROWS = 64
"""Of a block, below which a matrix product is slow."""

Block = tuple[slice, slice]


def blocks(rows: Tensor, width: int, part: int = PART) -> list[Block]:
    """Cut ``(G, N, d)`` into items and rows, a buffer ``(items, rows, width)`` each.

    Either whole items, several at a time, or rows of one item: every block of a contiguous tensor is contiguous.
    """
    n_items, n_rows = rows.shape[:2]
    on_cpu = rows.device.type == "cpu"
    least, most = (LEAST_ON_CPU, MOST_ON_CPU) if on_cpu else (LEAST_ELSEWHERE, MOST_ELSEWHERE)
    at_a_time = max(LEAST_ROWS, max(least, min(most, rows.numel() // part)) // max(1, width))
    if at_a_time < n_rows:
        return [(slice(item, item + 1), part) for item in range(n_items) for part in _cut(n_rows, at_a_time)]
    return [(items, slice(0, n_rows)) for items in _cut(n_items, at_a_time // max(1, n_rows))]


def buffer_for(cut: list[Block], width: int, like: Tensor) -> Tensor:
    """Make what holds the weights of one block at a time, in the dtype and on the device of `like`."""
    return like.new_empty(_n_rows(cut[0]) * width if cut else 0)  # no block is larger than the first


def take(buffer: Tensor, *shape: int) -> Tensor:
    """Shape the beginning of a buffer."""
    return buffer[: math.prod(shape)].view(shape)


def product_into(out: Tensor, a: Tensor, b: Tensor, scale: float = 1.0) -> None:
    """Write ``scale a @ b`` where it belongs, rounded to the dtype there."""
    if out.dtype == a.dtype:
        torch.baddbmm(out, a, b, beta=0, alpha=scale, out=out)
    else:
        out.copy_((a @ b).mul_(scale))


def _n_rows(block: Block) -> int:
    items, rows = block
    return int((items.stop - items.start) * (rows.stop - rows.start))


def _cut(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
