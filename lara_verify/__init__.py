"""lara-verify: numerical verification and statistics for randomized attention."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lara_verify.api import RefutedError, Report, check

__version__ = "0.1.0"

__all__ = ["RefutedError", "Report", "__version__", "check"]


def __getattr__(name: str) -> Any:
    """Load what judges only when it is asked for: the command line starts without it."""
    if name in ("RefutedError", "Report", "check"):
        from lara_verify import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
