"""Who is judged, and on what."""

import pytest

from lara_verify.declare import candidate
from lara_verify.faults import FAULTS, Fault
from lara_verify.kills.members import Member, claims_of, members
from lara_verify.sources.candidate import CandidateInfo

STRANGER = """
def right(q, k, v, *, n_samples, seed, key_mask=None):
    return v[[0] * len(q)]
"""


def without_source(case):
    return case.claim, case.problem, case.source.n_samples, case.tolerance_share, case.opening, case.skip


@pytest.mark.parametrize("kind", ["ra", "rfa", "lara[balance]"])
@pytest.mark.parametrize("profile", ["quick", "default"])
def test_the_cases_are_those_of_check(kind, profile, tmp_path):
    (tmp_path / "stranger.py").write_text(STRANGER)
    info = CandidateInfo(("key_mask",), None)
    asked = candidate(f"{tmp_path / 'stranger.py'}:right", info, kind, profile, None)
    fault = next(fault for fault in FAULTS if fault.name == "mean-value" and fault.of == kind)
    concerned = {*fault.breaks, *fault.keeps}
    cases = Member("fault", fault).cases(profile)
    assert [without_source(case) for case in cases] == [without_source(c) for c in asked if c.claim in concerned]
    assert {case.source.name for case in cases} == {"candidate"}


def test_an_estimator_that_check_does_not_know_is_judged_as_run_judges_it():
    of_index = Fault("echo", "", "", "index", tuple(FAULTS[0].breaks), tuple(FAULTS[0].keeps), FAULTS[0].build)
    cases = Member("fault", of_index).cases("quick")
    assert {str(case.claim) for case in cases} >= {"unbiased", "bounded", "no_leak"}
    assert {(case.source.name, case.source.estimator) for case in cases} == {("candidate", "index")}


def test_every_member_has_a_name_of_its_own_and_cases():
    everybody = members()
    names = [member.name for member in everybody]
    assert len(set(names)) == len(names) >= len(FAULTS)
    assert all(name and name == name.strip() and "/" not in name for name in names)
    assert {member.role for member in everybody} == {"fault", "equivalent"}


def test_claims_come_in_the_order_of_the_closed_list(make_member, make_right):
    chosen = (make_right(), make_member())
    assert [str(claim) for claim in claims_of(chosen)] == ["protocol", "bounded"]
