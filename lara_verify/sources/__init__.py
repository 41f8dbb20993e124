"""Whatever yields replicates of an attention output: built-in estimators, faults, and strangers' code."""

from lara_verify.sources.builtin import BuiltIn
from lara_verify.sources.candidate import Candidate
from lara_verify.sources.source import Block, Open, Seeds, Source, SourceFailure

__all__ = ["Block", "BuiltIn", "Candidate", "Open", "Seeds", "Source", "SourceFailure"]
