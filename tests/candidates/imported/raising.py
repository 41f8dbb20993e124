"""Fails to be imported."""

raise ValueError("not today\nnor tomorrow")
