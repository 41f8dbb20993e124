"""Presents what a run found, and decides nothing: results.json and lines for a terminal."""
