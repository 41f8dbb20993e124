"""Which formula an estimator stands for: its name, the options in it, and what is given to it in fields."""

from typing import Any, NamedTuple, Protocol


class Named(Protocol):
    """An estimator: its name says the formula; what is handed to it lies in fields, as its class documents."""

    @property
    def name(self) -> str:
        """Name in ids and reports, ``kind`` or ``kind[option,..]``."""
        ...


class Formula(NamedTuple):
    """An estimator taken apart: no class of an estimator is known here, only names."""

    kind: str
    options: tuple[str, ...]
    estimator: Any

    def option(self, *known: str, default: str) -> str:
        """The one among `known` that the name has."""
        return next((option for option in known if option in self.options), default)

    def field(self, name: str, default: Any = None) -> Any:
        """A field of the estimator; what it is by default where the estimator has none, or is a name."""
        return getattr(self.estimator, name, default)


def formula_of(estimator: str | Named) -> Formula:
    """Take an estimator apart, or the name of one."""
    name = estimator if isinstance(estimator, str) else estimator.name
    kind, _, inside = name.removesuffix("]").partition("[")
    return Formula(kind, tuple(inside.split(",")) if inside else (), estimator)
