"""The bare limit: the products and exponentials that an attention through shared draws cannot do without."""

from collections.abc import Iterator
from typing import Any

LEAST_ROWS, MOST_ROWS = 512, 4096

FORWARD_GEMMS, FORWARD_EXPS = 4, 2
BACKWARD_GEMMS, BACKWARD_GEMMS_OF_W, BACKWARD_EXPS = 8, 2, 2
"""Of the backward pass alone, recomputation included; those for the gradient of w apart."""


def rows_of_chunk(n: int) -> int:
    """Rows that are worked on at a time: an eighth of them, within bounds.

    Small chunks fit a cache, large ones wake the threads less often. The buffer stays an eighth of the output, as the
    methods are held to little memory too: the limit of what may hold more lies lower where waking takes long.
    """
    return max(LEAST_ROWS, min(MOST_ROWS, n // 8))


class Bare:
    r"""``out = exp(q w^T) exp(w k^T) v``, with nothing to keep it in range, and its gradients; all buffers made before.

    Forward, 4 products (GEMMs) and 2 exponentials: ``P = exp(k w^T)``, ``f = P^T v``; ``P = exp(q w^T)``,
    ``out = P f``.

    Forward and backward: the above, then what any gradient must do which did not store the ``N x S`` weights. Of the
    queries, with G the gradient of out: ``P = exp(q w^T)`` again, ``dP = G f^T``, ``df += P^T G``, ``dS = P dP``,
    ``dq = dS w``, ``dw += dS^T q``. Of the keys: ``P = exp(k w^T)`` again, ``dP = v df^T``, ``dv = P df``,
    ``dS = P dP``, ``dk = dS w``, ``dw += dS^T k``. That is 10 more products and 2 exponentials; 8 products where w is
    noise and needs no gradient. The elementwise ``P dP`` is part of it, as without it no gradient comes out.

    Parameters
    ----------
    q, k, v
        ``(B, N, d)``, ``(B, M, d)``, ``(B, M, e)``.
    w
        Draws ``(B, S, d)``.
    grad
        G, ``(B, N, e)``.
    rows
        Of queries or keys that are worked on at a time.
    w_fixed
        Whether w needs no gradient.
    """

    def __init__(self, q: Any, k: Any, v: Any, w: Any, grad: Any, rows: int, w_fixed: bool = False) -> None:
        import torch

        self._bmm = torch.bmm
        self._q, self._k, self._v, self._w, self._grad, self._rows = q, k, v, w, grad, rows
        chunk = (q.shape[0], min(rows, max(q.shape[1], k.shape[1])), w.shape[1])
        self._p, self._dp = q.new_empty(chunk), q.new_empty(chunk)
        self.out, self.dq, self.dk, self.dv = (torch.empty_like(like) for like in (grad, q, k, v))
        self._f = q.new_empty((q.shape[0], w.shape[1], v.shape[2]))
        self._df = torch.empty_like(self._f)
        self.dw = None if w_fixed else torch.empty_like(w)

    def forward(self) -> None:
        """Fill ``out``."""
        f = self._f.zero_()
        for rows in self._chunks(self._k):
            f.baddbmm_(self._weights(self._k, rows).mT, self._v[:, rows])
        for rows in self._chunks(self._q):
            self._bmm(self._weights(self._q, rows), f, out=self.out[:, rows])

    def forward_and_backward(self) -> None:
        """Fill ``out``, ``dq``, ``dk``, ``dv`` and, unless w is fixed, ``dw``."""
        self.forward()
        df, dw = self._df.zero_(), self.dw
        if dw is not None:
            dw.zero_()
        for rows in self._chunks(self._q):
            p, grad = self._weights(self._q, rows), self._grad[:, rows]
            dp = self._bmm(grad, self._f.mT, out=self._dp[:, : grad.shape[1]])
            df.baddbmm_(p.mT, grad)
            self._bmm(dp.mul_(p), self._w, out=self.dq[:, rows])
            if dw is not None:
                dw.baddbmm_(dp.mT, self._q[:, rows])
        for rows in self._chunks(self._k):
            p, v = self._weights(self._k, rows), self._v[:, rows]
            dp = self._bmm(v, df.mT, out=self._dp[:, : v.shape[1]])
            self._bmm(p, df, out=self.dv[:, rows])
            self._bmm(dp.mul_(p), self._w, out=self.dk[:, rows])
            if dw is not None:
                dw.baddbmm_(dp.mT, self._k[:, rows])

    def _weights(self, x: Any, rows: slice) -> Any:
        x = x[:, rows]
        return self._bmm(x, self._w.mT, out=self._p[:, : x.shape[1]]).exp_()

    def _chunks(self, x: Any) -> Iterator[slice]:
        return (slice(start, start + self._rows) for start in range(0, x.shape[1], self._rows))
