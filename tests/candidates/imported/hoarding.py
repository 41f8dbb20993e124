"""Takes memory without end while it is imported."""

import numpy as np

held = []
while True:
    held.append(np.ones(2**22))
