"""Judging a test of the user's own: how often it fails what is right, and what it lets through."""

from lara_verify.audit.measure import Audited, AuditedRow, audit
from lara_verify.audit.rerun import AuditError

__all__ = ["AuditError", "Audited", "AuditedRow", "audit"]
