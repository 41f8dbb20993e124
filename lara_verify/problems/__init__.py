"""Numbered input families: the challenge panel, problems of known regime, real activations."""

from lara_verify.problems.panel import find_family, make_problem, problem_names
from lara_verify.problems.perturb import perturb_batch_item, perturb_masked

__all__ = ["find_family", "make_problem", "perturb_batch_item", "perturb_masked", "problem_names"]
