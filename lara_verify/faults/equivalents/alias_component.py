"""Components by Walker's alias method."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class AliasComponent(StepwiseRA):
    """RA whose component is a uniform key, or its alias: the same law as by the cumulative probabilities."""

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        n_keys = pi.shape[-1]
        kept, alias = alias_tables(pi.reshape(-1, n_keys))
        shape = (*replicates, len(kept), self.n_samples)
        first, row = rng.integers(n_keys, size=shape), np.arange(len(kept))[:, None]
        component = np.where(rng.random(shape) < kept[row, first], first, alias[row, first])
        return component.reshape(*replicates, *pi.shape[:-1], self.n_samples)


def alias_tables(pi: Array) -> tuple[Array, Indices]:
    """For each row of probabilities, how likely a key is kept when it was drawn uniformly, and the key taken else.

    ``(kept_m + sum over the others with alias m of 1 - kept) / M = pi_m``.
    """
    kept = pi * pi.shape[-1]
    alias = np.tile(np.arange(pi.shape[-1]), (len(pi), 1))
    for row, names in zip(kept, alias, strict=True):
        small, large = (list(np.flatnonzero(side)) for side in (row < 1, row >= 1))
        while small and large:
            less, more = small.pop(), large[-1]
            names[less] = more
            row[more] -= 1 - row[less]
            if row[more] < 1:
                small.append(large.pop())
        row[[*small, *large]] = 1.0
    return kept, alias


EQUIVALENT = Fault(
    name="alias-component",
    cause="the component is drawn uniformly and then kept or replaced by its alias",
    mend="nothing to mend: the tables give each key its probability",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: AliasComponent(n_samples),
)
