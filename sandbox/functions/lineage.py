"""Chains of requests: which invocation made a call, and how often each function ran in the chain that led to it.

As on AWS all of it travels in the X-Ray trace header: functions' SDKs send the one of the invocation they run in with each call.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

ROUNDS = 16
"""How often a function may be invoked in one chain."""

_PART = re.compile(r"([A-Za-z]+)=([^;]+)")


@dataclass(frozen=True)
class Trace:
    """What a trace header says: the invocation (`parent`) that a call comes from, and the chain's counts by function."""

    root: str = ""
    parent: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, header: str) -> "Trace":
        """Read a header; what cannot be understood counts nothing."""
        parts = dict(_PART.findall(header))
        counted = (one.rpartition(":") for one in parts.get("Lineage", "").split("|"))
        return cls(parts.get("Root", ""), parts.get("Parent", ""), {name: int(count) for name, _, count in counted if count.isdigit()})

    @classmethod
    def joined(cls, headers: Iterable[str]) -> "Trace":
        """The chain that a batch belongs to: each function's highest count. How Lambda joins chains is not documented; no rule is harder."""
        traces = [cls.of(header) for header in headers]
        counts = {name: max(one.counts.get(name, 0) for one in traces) for trace in traces for name in trace.counts}
        return cls(traces[0].root if traces else "", "", counts)

    def rounds(self, arn: str) -> int:
        """How often the function was invoked in this chain."""
        return self.counts.get(_short(arn), 0)

    def entering(self, arn: str, request_id: str) -> "Trace":
        """The trace of an invocation that this chain led to."""
        root = self.root or f"1-{_digest(request_id)[:8]}-{_digest(request_id)[8:32]}"
        return Trace(root, segment(request_id), self.counts | {_short(arn): self.rounds(arn) + 1})

    def header(self) -> str:
        """The header, as environments get it."""
        lineage = "|".join(f"{name}:{count}" for name, count in self.counts.items())
        return f"Root={self.root};Parent={self.parent};Sampled=0;Lineage={lineage}"


def segment(request_id: str) -> str:
    """What traces call an invocation."""
    return _digest(request_id)[:16]


def _short(arn: str) -> str:
    return _digest(arn)[:8]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
