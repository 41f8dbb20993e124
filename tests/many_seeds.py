"""Run ``lara-verify run --quick`` under many random seeds and count how often it exits 0.

Usage: ``python tests/many_seeds.py [COUNT] [OPTION ...]``; options go to ``lara-verify run``. Prints a line a seed,
and exits 0 if all of them did.
"""

import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(count: int, options: list[str]) -> int:
    command = str(Path(sys.executable).with_name("lara-verify"))
    codes = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            seed = secrets.randbelow(2**31)
            words = [command, "run", *(options or ["--quick"]), "--seed", str(seed), "--out", f"{folder}/report"]
            began = time.monotonic()
            run = subprocess.run(words, capture_output=True, text=True, check=False)
            codes.append(run.returncode)
            print(f"seed {seed}: exit {run.returncode}, {time.monotonic() - began:.0f} s", flush=True)
            if run.returncode:
                print(
                    "\n".join(line for line in run.stdout.splitlines() if not line.startswith("certified")), flush=True
                )
    print(f"{codes.count(0)} of {count} seeds: exit 0")
    return int(codes.count(0) != count)


if __name__ == "__main__":
    numbers = [word for word in sys.argv[1:2] if word.isdecimal()]
    sys.exit(main(int(numbers[0]) if numbers else 25, sys.argv[1 + len(numbers) :]))
