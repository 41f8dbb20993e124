"""What there is of every estimator and option: a reference, a twin, their agreement, gradients, exact knowledge."""

from lara_verify.inventory.table import Row, as_lines, inventory

__all__ = ["Row", "as_lines", "inventory"]
