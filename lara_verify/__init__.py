"""lara-verify: numerical verification and statistics for randomized attention."""

__version__ = "0.1.0"
