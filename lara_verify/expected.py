"""Failures that are expected, with the reason: read from a file, matched with cases, and taken into account."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lara_verify.project_file import ProjectFileError, nearest, own_table
from lara_verify.verdict import Verdict


class ExpectedError(ProjectFileError):
    """The list of expected failures cannot be used; the message says in one sentence what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """Cases that are known to be refuted.

    Parameters
    ----------
    case
        Part of a case's id, or a pattern of the whole id if it has a ``*``.
    reason
        Why it fails, and why that is accepted.
    target
        TARGET of the ``check`` that this is about; None for ``run``.
    """

    case: str
    reason: str
    target: str | None = None


def matches(pattern: str, case_id: str) -> bool:
    """Whether an id contains ``pattern``, or is matched by it if it has a ``*``; a number in it is a whole one."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    if "*" in pattern:
        return re.fullmatch(expression, case_id) is not None
    number_goes_on = r"(?!\d)" if pattern[-1:].isdigit() else ""
    return re.search(expression + number_goes_on, case_id) is not None


def reason_for(case_id: str, expected: Iterable[ExpectedFailure]) -> str | None:
    """Why this case is expected to be refuted; None if it is not."""
    return next((failure.reason for failure in expected if matches(failure.case, case_id)), None)


def token(verdict: Verdict, reason: str | None) -> str:
    """The verdict as reports have it: refuted as expected is ``xfail``, certified against expectation ``xpass``."""
    if reason is not None and verdict is Verdict.REFUTED:
        return "xfail"
    return "xpass" if reason is not None and verdict is Verdict.CERTIFIED else str(verdict)


def counted(verdict: Verdict, reason: str | None) -> Verdict:
    """The verdict as the run's verdict counts it: ``xfail`` as certified, ``xpass`` as refuted."""
    as_reported = {"xfail": Verdict.CERTIFIED, "xpass": Verdict.REFUTED}
    return as_reported.get(token(verdict, reason), verdict)


def sentence(message: str, verdict: Verdict, reason: str | None) -> str:
    """The message of a case, with the reason where it was expected to fail."""
    said = token(verdict, reason)
    if said == "xfail":
        return f"{message} (expected: {reason})"
    return f"{message}; expected to be refuted: {reason}" if said == "xpass" else message


def read_expected(file: Path | None, target: str | None, folder: Path) -> tuple[ExpectedFailure, ...]:
    """Read the expected failures of a command from `file`, or from the nearest pyproject.toml of `folder` or above.

    In pyproject.toml they are tables ``[[tool.lara-verify.xfail]]``, in a file of their own ``[[xfail]]``.

    Raises
    ------
    ProjectFileError
        If the file cannot be read, or (`ExpectedError`) an entry is not what an `ExpectedFailure` takes.
    """
    file = file or nearest(folder)
    if file is None:
        return ()
    entries = own_table(file).get("xfail", [])
    if not isinstance(entries, list):
        raise ExpectedError(f"xfail in {file} is no list of tables; expected [[xfail]] with case and reason")
    found = [_entry(file, number, entry) for number, entry in enumerate(entries, 1)]
    return tuple(failure for failure in found if failure.target == target)


def refuse_unmatched(expected: Iterable[ExpectedFailure], case_ids: Iterable[str]) -> None:
    """Refuse an expectation that no declared case can meet: it is out of date, and would hide nothing today.

    Raises
    ------
    ExpectedError
        Naming the first such expectation.
    """
    ids = list(case_ids)
    for failure in expected:
        if not any(matches(failure.case, case_id) for case_id in ids):
            raise ExpectedError(
                f"xfail {failure.case!r} ({failure.reason}) matches none of the {len(ids)} cases; remove or correct it"
            )


def _entry(file: Path, number: int, entry: Any) -> ExpectedFailure:
    where = f"xfail number {number} in {file}"
    if not isinstance(entry, dict):
        raise ExpectedError(f"{where} is {entry!r}; expected a table with case and reason")
    if strangers := sorted(set(entry) - {"case", "reason", "target"}):
        raise ExpectedError(f"{where} has {strangers[0]!r}; expected case, reason and, for check, target")
    for key in ("case", "reason"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ExpectedError(f"{where} has no {key}; expected one that is not empty")
    target = entry.get("target")
    if target is not None and not isinstance(target, str):
        raise ExpectedError(f"{where} has target {target!r}; expected the TARGET of a check")
    return ExpectedFailure(entry["case"], entry["reason"], target)
