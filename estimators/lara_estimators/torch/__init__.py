"""Batched torch twins of the references, on any device and floating dtype."""
