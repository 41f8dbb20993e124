"""The bare limit: the products and exponentials that an attention through shared draws cannot do without."""

from collections.abc import Iterator
from typing import Any

LEAST_ROWS, MOST_ROWS = 512, 4096

FORWARD_GEMMS, FORWARD_EXPS = 4, 2
BACKWARD_GEMMS, BACKWARD_GEMMS_OF_W, BACKWARD_EXPS = 8, 2, 2
"""Of the backward pass alone, recomputation included; those for the gradient of w apart."""


def rows_of_chunk(n: int, n_items: int) -> int:
    """Rows of one item that are worked on at a time: an eighth of the rows of all items, within bounds.

    Small chunks fit a cache, large ones wake the threads less often. The buffer stays an eighth of the output, as the
    methods are held to little memory too: the limit of what may hold more lies lower where waking takes long.
    """
    return min(n, n_items * max(LEAST_ROWS, min(MOST_ROWS, n // 8)))


class Bare:
    r"""``out = exp(q w^T) exp(w k^T) v``, with nothing to keep it in range, and its gradients.

    Forward, 4 products (GEMMs) and 2 exponentials: ``P = exp(k w^T)``, ``f = P^T v``; ``P = exp(q w^T)``,
    ``out = P f``.

    Forward and backward: the above, then what any gradient must do which did not store the ``N x S`` weights. Of the
    queries, with G the gradient of out: ``P = exp(q w^T)`` again, ``dP = G f^T``, ``df += P^T G``, ``dS = P dP``,
    ``dq = dS w``, ``dw += dS^T q``. Of the keys: ``P = exp(k w^T)`` again, ``dP = v df^T``, ``dv = P df``,
    ``dS = P dP``, ``dk = dS w``, ``dw += dS^T k``. That is 10 more products and 2 exponentials; 8 products where w is
    noise and needs no gradient. The elementwise ``P dP`` is part of it, as without it no gradient comes out.

    Buffers are made before. What is returned is made by each call, as by any function that returns a tensor: its pages
    are the system's to give, and that is part of the limit.

    Parameters
    ----------
    q, k, v
        ``(B, N, d)``, ``(B, M, d)``, ``(B, M, e)``.
    w
        Draws ``(B, S, d)``.
    grad
        G, ``(B, N, e)``.
    rows
        Of queries or keys of one item that are worked on at a time.
    w_fixed
        Whether w needs no gradient.
    """

    def __init__(self, q: Any, k: Any, v: Any, w: Any, grad: Any, rows: int, w_fixed: bool = False) -> None:
        self._q, self._k, self._v, self._w, self._grad, self._rows = q, k, v, w, grad, rows
        chunk = (min(rows, max(q.shape[1], k.shape[1])), w.shape[1])
        self._p, self._dp = q.new_empty(chunk), q.new_empty(chunk)
        self._f = q.new_empty((q.shape[0], w.shape[1], v.shape[2]))
        self._df, self._w_fixed = q.new_empty(self._f.shape), w_fixed

    def forward(self) -> Any:
        """Return out."""
        import torch

        f, out = self._f.zero_(), torch.empty_like(self._grad)
        for item, rows in self._chunks(self._k):
            f[item].addmm_(self._weights(self._k, item, rows).T, self._v[item, rows])
        for item, rows in self._chunks(self._q):
            torch.mm(self._weights(self._q, item, rows), f[item], out=out[item, rows])
        return out

    def forward_and_backward(self) -> tuple[Any, ...]:
        """Return out, dq, dk, dv, and dw or None if w is fixed."""
        import torch

        out = self.forward()
        dq, dk, dv = (torch.empty_like(like) for like in (self._q, self._k, self._v))
        df, dw = self._df.zero_(), None if self._w_fixed else torch.zeros_like(self._w)
        for item, rows in self._chunks(self._q):
            p, grad = self._weights(self._q, item, rows), self._grad[item, rows]
            dp = torch.mm(grad, self._f[item].T, out=self._dp[: len(grad)])
            df[item].addmm_(p.T, grad)
            torch.mm(dp.mul_(p), self._w[item], out=dq[item, rows])
            if dw is not None:
                dw[item].addmm_(dp.T, self._q[item, rows])
        for item, rows in self._chunks(self._k):
            p, v = self._weights(self._k, item, rows), self._v[item, rows]
            dp = torch.mm(v, df[item].T, out=self._dp[: len(v)])
            torch.mm(p, df[item], out=dv[item, rows])
            torch.mm(dp.mul_(p), self._w[item], out=dk[item, rows])
            if dw is not None:
                dw[item].addmm_(dp.T, self._k[item, rows])
        return out, dq, dk, dv, dw

    def _weights(self, x: Any, item: int, rows: slice) -> Any:
        import torch

        x = x[item, rows]
        return torch.mm(x, self._w[item].T, out=self._p[: len(x)]).exp_()

    def _chunks(self, x: Any) -> Iterator[tuple[int, slice]]:
        n_items, n = x.shape[:2]
        starts = range(0, n, self._rows)
        return ((item, slice(start, start + self._rows)) for item in range(n_items) for start in starts)
