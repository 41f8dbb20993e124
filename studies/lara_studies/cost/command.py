"""``python -m lara_studies.cost``: parse, measure in fresh processes, print the tables, write the files."""

import importlib.util
import sys

import msgspec
import numpy as np
from cyclopts import App, CycloptsError

from lara_studies.cost.folder import COSTS, EXPONENTS, PICTURE, REPLICATES, ROUNDS, TABLES, check_folder, write
from lara_studies.cost.fresh_process import MeasuringError, measured
from lara_studies.cost.options import DEFAULTS, Options, UsageError
from lara_studies.cost.plot import ABSENT, has_matplotlib, plot
from lara_studies.cost.rows import (
    CostRow,
    ExponentRow,
    ReplicateRow,
    RoundRow,
    as_csv,
    cost_rows,
    exponent_rows,
    replicate_rows,
    round_rows,
)
from lara_studies.cost.setting import DIM, N_ITEMS, N_SAMPLES, Measured
from lara_studies.cost.terminal import cost_lines, exponent_lines, replicate_lines, show

app = App(name="python -m lara_studies.cost", help_format="plaintext", version_flags=(), result_action="return_value")


@app.default
def cost(*, options: Options = DEFAULTS) -> int:
    """Measure what attention costs: time and memory over the length of the sequence, and replicates a second.

    Methods are timed in interleaved rounds and compared with the bare limit, the products and exponentials that such an
    attention cannot do without. Prints the tables and writes them, the plot and every single time into a folder. Exits
    with 0 whatever is measured: a speed is no verdict.
    """
    setting = options.setting()
    check_folder(options.out)
    if importlib.util.find_spec("torch") is None:
        raise UsageError("torch is not installed; it comes with pip install 'lara-verify[torch]'")
    check_device(setting.device)
    sequences = replicates = Measured([])
    if options.only != "monte-carlo":
        sequences = measured("sequences", setting)
    if options.only != "sequences":
        replicates = measured("monte_carlo", msgspec.structs.replace(setting, n_threads=1))

    rng = np.random.default_rng(setting.seed)
    costs = cost_rows(sequences, rng)
    exponents = exponent_rows(costs)
    of_replicates = replicate_rows(replicates, setting.n_replicates, rng)
    shape = f"float32, batch x heads {N_ITEMS}, width {DIM}, {N_SAMPLES} draws; {sequences.machine}"
    lines = [
        *cost_lines(costs, f"Long sequences, {setting.n_rounds} rounds: {shape}; {others(sequences)}"),
        *exponent_lines(exponents),
        *replicate_lines(of_replicates, f"blocks of {setting.n_replicates} replicates; {others(replicates)}"),
    ]
    files = {
        TABLES: "".join(f"{line}\n" for line in lines).encode(),
        COSTS: as_csv(CostRow._fields, costs),
        EXPONENTS: as_csv(ExponentRow._fields, exponents),
        REPLICATES: as_csv(ReplicateRow._fields, of_replicates),
        ROUNDS: as_csv(RoundRow._fields, round_rows(sequences, replicates)),
    }
    if costs and has_matplotlib():
        files[PICTURE] = plot(costs, f"{shape}\n{options.spelled()}")
    show(lines)
    write(options.out, files)
    show([*([] if has_matplotlib() else [ABSENT]), f"written to {options.out}"])
    return 0


def others(measured: Measured) -> str:
    """Say how much of the machine was not to be had."""
    return f"other processes took {measured.others:.0%} of the cores"


def check_device(device: str) -> None:
    """Refuse a device that torch does not have; only then is torch imported here.

    Raises
    ------
    UsageError
        If there is no such device.
    """
    if device == "cpu":
        return
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(f"--device {device} cannot be used: {first}") from None


def main(words: list[str]) -> int:
    """Run the command line; return 0 measured, 2 usage, 4 an error of ours, 130 interrupted."""
    try:
        return int(app(words, exit_on_error=False, print_error=False) or 0)
    except (CycloptsError, UsageError) as error:
        print(f"lara_studies.cost: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except MeasuringError as error:
        print(f"lara_studies.cost: {error}; this is an error of ours, see above", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("lara_studies.cost: interrupted; nothing was written", file=sys.stderr)
        return 130
