"""The cases of a run: which claims of which sources are judged on which problems."""

from lara_verify.declare.built_in import built_in
from lara_verify.declare.candidate import UnjudgeableError, candidate

__all__ = ["UnjudgeableError", "built_in", "candidate"]
