"""Does not come to the end of its import."""

import time

time.sleep(1000)
