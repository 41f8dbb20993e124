"""Time and memory of attention over the length of the sequence, forward and backward."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lara_studies.cost.bare import LEAST_ROWS, MOST_ROWS, Bare, rows_of_chunk
from lara_studies.cost.clock import Run, Visit, clock_of
from lara_studies.cost.memory import peak_bytes
from lara_studies.cost.methods import BARE, BARE_FIXED, BARE_LARGE, BARE_NAIVE, Method, methods, performer
from lara_studies.cost.others import Others
from lara_studies.cost.rounds import interleaved
from lara_studies.cost.setting import (
    BACKWARD,
    DIM,
    FORWARD,
    N_ITEMS,
    N_SAMPLES,
    Cell,
    Measured,
    Setting,
    Skipped,
    Timed,
)

PROBE = 512
"""The length at which a method of quadratic cost is tried first."""

STEPS = (FORWARD, BACKWARD)


class Inputs(NamedTuple):
    """Queries, keys, values, and the gradient of the output, each ``(8, N, 64)``."""

    q: Any
    k: Any
    v: Any
    grad: Any


class Measurable(NamedTuple):
    """A cell that will be measured: how it is called, how it is timed, what it held; bare limits hold nothing new."""

    visit: Visit
    peak: int | None
    output: int


def measure(setting: Setting, progress: Callable[[int], None]) -> Measured:
    """Measure all methods at all lengths in one interleaved run."""
    import torch

    generator = torch.Generator(setting.device).manual_seed(setting.seed)
    chosen = methods(generator)
    other = performer(setting.device)
    skipped: list[Skipped] = []
    if isinstance(other, Method):
        chosen.append(other)
    else:
        skipped += [Skipped("performer-pytorch", step, n, other) for n in setting.sizes for step in STEPS]

    ready: dict[Cell, Measurable] = {}
    probes = {n: made(n, setting.device, generator) for n in (PROBE,) if n < min(setting.sizes)}
    inputs = {n: made(n, setting.device, generator) for n in setting.sizes}
    for method in chosen:
        for step in STEPS:
            expect = Expectation(method, step, setting)
            for n in probes:
                expect.note(n, prepared(run_of(method, step, probes[n]), setting.device, probes[n]))
            for n in setting.sizes:
                if reason := expect.refusal(n):
                    skipped.append(Skipped(method.name, step, n, reason))
                    continue
                found = prepared(run_of(method, step, inputs[n]), setting.device, inputs[n])
                expect.note(n, found)
                ready[Cell(method.name, step, n)] = found
    for n in setting.sizes:
        for cell, run in bare_runs(inputs[n]).items():
            ready[cell] = Measurable(Visit(run, clock_of(setting.device)), None, inputs[n].grad.nbytes)

    visits = {cell: one.visit for cell, one in ready.items()}
    others = Others()
    seconds = interleaved(visits, setting.n_rounds, np.random.default_rng(setting.seed), progress)
    timed = [Timed(*cell, seconds[cell], one.peak, one.output) for cell, one in ready.items()]
    return Measured(timed, skipped, machine(setting), others.share())


class Expectation:
    """What a method will take at the next length, from the last one measured and the power its cost grows with."""

    def __init__(self, method: Method, step: str, setting: Setting) -> None:
        self._order, self._step, self._setting = method.order, step, setting
        self._last: tuple[int, float, int] | None = None

    def note(self, n: int, found: Measurable) -> None:
        """Take note of what a length took."""
        self._last = (n, found.visit.expected, found.peak or 0)

    def refusal(self, n: int) -> str | None:
        """Why this length is not to be measured; None where it is."""
        if self._last is None:
            return None
        last, seconds, peak = self._last
        growth = (n / last) ** self._order
        if self._order > 1 and seconds * growth > self._setting.longest_call:
            return f"a call would take more than {self._setting.longest_call:g} s"
        if peak * growth > 0.5 * free_bytes(self._setting.device):
            return "a call would hold more than half of the free memory"
        return None


def made(n: int, device: str, generator: Any) -> Inputs:
    """Draw standard normal inputs of this length."""
    import torch

    return Inputs(*(torch.randn(N_ITEMS, n, DIM, generator=generator, device=device) for _ in Inputs._fields))


def run_of(method: Method, step: str, inputs: Inputs) -> Run:
    """One call without arguments: forward without a record for autograd, or forward and the three gradients."""
    import torch

    def forward() -> Any:
        with torch.no_grad():
            return method.call(inputs.q, inputs.k, inputs.v)

    leaves = [x.detach().requires_grad_() for x in inputs[:3]]

    def backward() -> Any:
        out = method.call(*leaves)
        return out, torch.autograd.grad(out, leaves, inputs.grad)

    return forward if step == FORWARD else backward


def prepared(run: Run, device: str, inputs: Inputs) -> Measurable:
    """Warm a call up, and measure what it holds."""
    visit = Visit(run, clock_of(device))
    return Measurable(visit, peak_bytes(run, device), inputs.grad.nbytes)


def bare_runs(inputs: Inputs) -> dict[Cell, Run]:
    """The bare limits at one length."""
    import torch

    n = inputs.q.shape[1]
    w = torch.randn(N_ITEMS, N_SAMPLES, DIM, device=inputs.q.device).mul_(DIM**-0.25)
    bare = Bare(*inputs[:3], w, inputs.grad, rows_of_chunk(n, N_ITEMS))
    fixed = Bare(*inputs[:3], w, inputs.grad, rows_of_chunk(n, N_ITEMS), w_fixed=True)
    naive = Bare(*inputs[:3], w, inputs.grad, LEAST_ROWS)
    large = Bare(*inputs[:3], w, inputs.grad, N_ITEMS * MOST_ROWS)
    return {
        Cell(BARE, FORWARD, n): bare.forward,
        Cell(BARE, BACKWARD, n): bare.forward_and_backward,
        Cell(BARE_FIXED, BACKWARD, n): fixed.forward_and_backward,
        Cell(BARE_NAIVE, FORWARD, n): naive.forward,
        Cell(BARE_NAIVE, BACKWARD, n): naive.forward_and_backward,
        Cell(BARE_LARGE, FORWARD, n): large.forward,
        Cell(BARE_LARGE, BACKWARD, n): large.forward_and_backward,
    }


def free_bytes(device: str) -> int:
    """Memory that is free on a device."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def machine(setting: Setting) -> str:
    """Device, threads, how they wait, and version, in a line."""
    import torch

    name = torch.cuda.get_device_name(setting.device) if setting.device.startswith("cuda") else "processor"
    spin = os.environ.get("GOMP_SPINCOUNT")
    waiting = "waiting asleep" if spin is None else f"waiting asleep after {spin} spins"
    return f"{name}, {torch.get_num_threads()} threads {waiting}, torch {torch.__version__}"
