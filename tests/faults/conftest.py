"""The court in small: which claims of an estimator of the catalogue are refuted and which certified."""

import pytest

from lara_estimators import ClaimName
from lara_verify.ledger import split
from lara_verify.plan import Case, group
from lara_verify.sources import BuiltIn
from lara_verify.trial import Trial, run_trial

PROBLEMS = {"ra": ("P1",), "rfa": ("axes", "opposed"), "lara": ("aligned",)}
N_SAMPLES = {"ra": 16, "rfa": 1024, "lara": 1024}
MASKED = {"ra": ("P5", "P5-padded"), "rfa": ("P5", "P5-padded"), "lara": ("P5-oblong",)}
SMALL = {"ra": ("P6-small",), "rfa": ("P6-small",), "lara": ("P6-oblong",)}
OF_CLAIM = {ClaimName.NO_LEAK: MASKED, ClaimName.SEED_HONOURED: SMALL}


@pytest.fixture(scope="session")
def judge():
    """What verdicts claims get, ``{verdict: {claims}}``, each with a chance of at most 1e-6 against the truth."""

    def judged(fault, claims, problems=None, share=0.003):
        kind = fault.of.partition("[")[0]
        algorithm = fault.algorithm(N_SAMPLES[kind])
        source = BuiltIn("candidate", algorithm, dtype=getattr(algorithm, "dtype", "float64"))
        cases = [
            Case(source, claim, problem, share)
            for claim in claims
            for problem in (OF_CLAIM[claim][kind] if claim in OF_CLAIM else problems or PROBLEMS[kind])
        ]
        ledger = split([case.id for case in cases], 1e-6 * len(cases), 1e-6 * len(cases))
        found = {}
        for plan in group(cases):
            trial = Trial(plan, tuple(ledger[case.id] for case in plan.cases), seed=0, effort=1.0)
            for result in run_trial(trial):
                found.setdefault(result.verdict, set()).add(result.case.claim)
        return found

    return judged
