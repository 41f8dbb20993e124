"""Reading an earlier report back."""

from pathlib import Path

import msgspec

from lara_verify.report.folder import RESULTS
from lara_verify.report.results import SCHEMA_VERSION, Results


class UnreadableReportError(Exception):
    """No report of lara-verify lies there; the message says so in one sentence."""


def read_results(where: Path) -> Results:
    """Read the results.json at ``where``, or in the folder ``where``; fields of later versions are passed over.

    Raises
    ------
    UnreadableReportError
        If there is none, or what is there cannot be read as one.
    """
    path = where / RESULTS if where.is_dir() else where
    try:
        results = msgspec.json.decode(path.read_bytes(), type=Results)
    except FileNotFoundError:
        raise UnreadableReportError(f"there is no report at {where}; expected {RESULTS} or its folder") from None
    except OSError as error:
        raise UnreadableReportError(f"{path} cannot be read: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise UnreadableReportError(f"{path} is no report of lara-verify: {error}") from None
    if results.schema_version < SCHEMA_VERSION:
        version = results.schema_version
        raise UnreadableReportError(f"{path} has schema_version {version}; expected {SCHEMA_VERSION} or higher")
    return results
