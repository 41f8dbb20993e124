"""The skeletons that faults are cut from are the references on the same noise."""

import numpy as np
import pytest

from lara_estimators.reference import LARA, RA, RFA, TrigonometricRFA
from lara_verify.faults.lara.stepwise import StepwiseLARA
from lara_verify.faults.lara.uniform import StepwiseUniformLARA
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.faults.rfa.stepwise import StepwiseRFA
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric
from lara_verify.problems import make_problem

SKELETONS = {
    "ra": (RA(32), StepwiseRA(32), ("P1", "P5", "P5-padded", "P6-small")),
    "rfa": (RFA(32), StepwiseRFA(32), ("P1", "varied", "opposed", "P5", "P5-padded")),
    "lara": (LARA(32, 4), StepwiseLARA(32), ("P1", "varied", "P6-oblong", "P5-oblong")),
    "uniform": (LARA(32, 4, "uniform"), StepwiseUniformLARA(32), ("P1", "aligned", "P5-oblong")),
    "trigonometric": (TrigonometricRFA(32), StepwiseTrigonometric(32), ("axes", "varied", "P5-padded")),
}


@pytest.mark.parametrize("name", SKELETONS)
def test_a_skeleton_is_its_reference_on_the_same_noise(name, rng):
    reference, stepwise, problems = SKELETONS[name]
    for problem in map(make_problem, problems):
        noise = reference.draw(problem, rng, (5,))
        expected, got = reference(problem, noise), stepwise(problem, noise)
        # weights of S draws and M keys that sum to one: a thousand roundings of the largest value bound what they
        # gather; signed weights gather as many times more as their normaliser is smaller than what it sums
        signed = 1.0 if name != "trigonometric" else signed_share(problem, noise)
        tolerance = 1000 * np.finfo(float).eps * np.abs(problem.v).max() * signed
        assert (np.abs(expected.value - got.value) <= tolerance).all(), problem


def signed_share(problem, noise):
    """``(R, N, 1)``: sums of absolute kernels over the absolute sum of kernels, and at most two to its square."""
    steps = StepwiseTrigonometric(32)
    x, y, _, log_mask = steps.symbols(problem)[:4]
    phi, psi = steps.query_features(x, noise.normals), steps.key_features(y, noise.normals)
    kernels = phi @ np.swapaxes(psi, -1, -2) * np.exp(log_mask)
    lengths = (np.abs(phi) @ np.swapaxes(np.abs(psi), -1, -2) * np.exp(log_mask)).sum(axis=-1, keepdims=True)
    return 2 * (lengths / np.abs(kernels.sum(axis=-1, keepdims=True))) ** 2
