"""Tests by betting and confidence sequences for bounded random vectors: arrays only, nothing of attention.

Every process here is a non-negative supermartingale under its null, so by Ville's inequality the chance that it ever
reaches ``1/alpha`` is at most ``alpha``: in finite samples, at any stopping time (Waudby-Smith & Ramdas, JRSS-B 2024,
arXiv:2010.09686). Work is in logarithms throughout.
"""
