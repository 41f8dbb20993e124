"""Whatever yields replicates of an attention output: built-in estimators, faults, and strangers' code."""

from lara_verify.sources.builtin import BuiltIn
from lara_verify.sources.candidate import Candidate
from lara_verify.sources.moved import Moved
from lara_verify.sources.source import Block, Open, Seeds, Source, SourceError

__all__ = ["Block", "BuiltIn", "Candidate", "Moved", "Open", "Seeds", "Source", "SourceError"]
