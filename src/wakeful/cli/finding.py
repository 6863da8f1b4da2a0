"""Findings: what an examination found out."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        name: What.
        text: How it is, without a full stop.
        advice: What to do; empty if nothing is to be done.
    """

    name: str
    verdict: Verdict
    text: str
    advice: str = ""


def good(name: str, text: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(name, Verdict.OK, text)


def warning(name: str, text: str, advice: str = "") -> Finding:
    """Say that something could be better."""
    return Finding(name, Verdict.WARNING, text, advice)


def problem(name: str, text: str, advice: str = "") -> Finding:
    """Say that something has to be mended."""
    return Finding(name, Verdict.PROBLEM, text, advice)
