"""`inputs_intact`: what is handed over comes back as it was."""

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.sources import Block, Source


class InputsIntact:
    """Refutes a source that writes into the arrays it was given. Null: no call changes an argument; exact."""

    claim = ClaimName.INPUTS_INTACT

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        return Plan(64, follows=True)

    def statistic(self, setting: Setting) -> "_Arguments":
        return _Arguments("no call changed its arguments")


class _Arguments(Observation):
    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        changed = blocks[0].changed_input
        return (
            None
            if changed is None
            else f"it changed its argument {changed} in place; expected inputs left as they were"
        )
