"""A command of any language as a candidate: it reads ``in.npz``, writes ``out.npz``, and is run once for many seeds.

``in.npz`` holds ``q`` (N, d), ``k`` (M, d), ``v`` (M, e), float64 or as ``--dtype`` says; ``n_samples`` and
``seeds`` (R,), int64; ``key_mask`` (M,) where it takes one and the problem has one. ``out.npz`` must hold ``out``
(R, N, e), one output a seed. The names of the two files are added to the command, in this order.
"""

import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = "command:"

SEEDS_A_RUN = 256
"""Seeds that one run of a command answers at most."""

LAST_WORDS = 160
"""Characters of what it printed last that are repeated when it fails."""


class CommandError(Exception):
    """The command did not answer as agreed; the message is what it did, to follow "it"."""


def words_of(target: str) -> list[str]:
    """The words of ``command: WORDS``; the first must be a program that can be found.

    Raises
    ------
    ValueError
        If there are none, or the program is not found.
    """
    try:
        words = shlex.split(target.removeprefix(PREFIX))
    except ValueError as error:
        raise ValueError(f"{target!r} cannot be split into words: {error}") from None
    if not words:
        raise ValueError(f"{target!r} names no command; expected command: PROGRAM ARGUMENTS")
    if shutil.which(words[0]) is None:
        raise ValueError(f"there is no program {words[0]!r}")
    return words


def run(words: list[str], arrays: dict[str, NDArray[Any]], n_samples: int, seeds: list[int], limit: float) -> Any:
    """Run the command once and return what it wrote, ``(R, N, e)``.

    Raises
    ------
    CommandError
        If it fails, takes longer than ``limit`` seconds, or leaves no such array.
    """
    with tempfile.TemporaryDirectory(prefix="lara-verify-") as folder:
        given, answer = Path(folder) / "in.npz", Path(folder) / "out.npz"
        asked: dict[str, Any] = {**arrays, "n_samples": np.int64(n_samples), "seeds": np.asarray(seeds, dtype=np.int64)}
        np.savez(given, **asked)
        try:
            ended = subprocess.run(
                [*words, str(given), str(answer)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CommandError(f"hung: a run for {len(seeds)} seeds did not end within {limit:g} s") from None
        except OSError as error:
            raise CommandError(f"could not be started: {error.strerror}") from None
        if ended.returncode != 0:
            said = " ".join((ended.stderr or ended.stdout).decode(errors="replace").split())[-LAST_WORDS:]
            raise CommandError(f"ended with exit code {ended.returncode}" + (f", saying: {said}" if said else ""))
        return _read(answer, len(seeds))


def _read(answer: Path, n_seeds: int) -> Any:
    try:
        with np.load(answer, allow_pickle=False) as file:
            if "out" not in file.files:
                raise CommandError(f"wrote {', '.join(file.files) or 'no array'} to out.npz; expected out")
            out = file["out"]
    except FileNotFoundError:
        raise CommandError("wrote no out.npz") from None
    except (OSError, ValueError, EOFError) as error:
        raise CommandError(f"wrote an out.npz that cannot be read: {' '.join(str(error).split())}") from None
    if out.ndim != 3 or len(out) != n_seeds:
        raise CommandError(f"wrote out of shape {out.shape}; expected ({n_seeds}, N, e), an output for each seed")
    return out
