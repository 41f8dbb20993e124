"""Write the golden vectors: ``python -m lara_verify.oracles.balls [--out DIR]``."""

import argparse
from importlib import resources
from itertools import groupby
from pathlib import Path

from lara_verify.oracles.balls.vector_cases import cases
from lara_verify.oracles.balls.vector_file import solved, to_json


def main() -> None:
    """Evaluate every case and write a file an estimator."""
    parser = argparse.ArgumentParser(prog="python -m lara_verify.oracles.balls", description=__doc__)
    shipped = Path(str(resources.files("lara_estimators").joinpath("vectors")))
    parser.add_argument("--out", type=Path, default=shipped, help="folder to write to (default: where they are read)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for estimator, of_one in groupby(cases(), key=lambda case: case.estimator):
        vectors = [solved(case) for case in of_one]
        text = to_json(vectors)
        (out / f"{estimator}.json").write_text(text, encoding="utf-8")
        print(f"{estimator}.json: {len(vectors)} vectors, {len(text)} bytes")


if __name__ == "__main__":
    main()
