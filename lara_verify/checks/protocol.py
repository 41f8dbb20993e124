"""`protocol`: called as agreed, the source returns what was agreed, always."""

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.sources import Block, Source


class Protocol:
    """Refutes a source that raises, hangs, dies, or returns a wrong shape, a wrong dtype, NaN or infinity.

    Null: every call of every replicate returns a finite real floating array ``(N, e)`` in time. One violation is a
    proof of the contrary; without one, the claim holds for the calls that were made, and no more is said.
    """

    claim = ClaimName.PROTOCOL

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        return Plan(64, follows=True)

    def statistic(self, setting: Setting) -> "_Calls":
        return _Calls("every call returned a finite array of the right shape and type")


class _Calls(Observation):
    def violation(self, blocks: tuple[Block, ...]) -> str | None:  # failures come by `fail`
        return None

    def fail(self, sentence: str) -> None:
        self.refute(sentence)
