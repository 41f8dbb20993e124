"""Every study, by name."""

from lara_studies.bias_value import BiasValue
from lara_studies.engine import AnyStudy

STUDIES: dict[str, AnyStudy] = {study.spec.name: study for study in (BiasValue(),)}
