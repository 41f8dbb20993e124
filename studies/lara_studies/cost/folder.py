"""The folder that a run leaves: its files by name, and never among those of others."""

from pathlib import Path

from lara_studies.cost.options import UsageError

COSTS, EXPONENTS, REPLICATES = "cost.csv", "exponents.csv", "monte_carlo.csv"
ROUNDS, TABLES, PICTURE = "rounds.csv", "cost.txt", "cost.svg"

OURS = {COSTS, EXPONENTS, REPLICATES, ROUNDS, TABLES, PICTURE}


def check_folder(folder: Path) -> None:
    """Refuse to write among files of others.

    Raises
    ------
    UsageError
        If ``folder`` is a file or holds something that this command does not write.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file; expected a folder to write the tables to")
    if strangers := sorted({path.name for path in folder.iterdir()} - OURS):
        raise UsageError(f"{folder} holds {strangers[0]}, which this command did not write; name another with --out")


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files into the folder, and take away what an earlier run left there besides."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in OURS - set(files):
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
