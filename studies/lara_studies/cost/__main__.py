"""``python -m lara_studies.cost``."""

import sys

from lara_studies.cost.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
