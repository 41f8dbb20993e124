"""In which regime given queries and keys lie: what RFA, LARA and RA need there."""

from lara_verify.regime.inputs import InputError, read_npz
from lara_verify.regime.measure import Draws, HeadRegime, measure

__all__ = ["Draws", "HeadRegime", "InputError", "measure", "read_npz"]
