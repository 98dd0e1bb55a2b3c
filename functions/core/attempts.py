"""Attempts: how often a failed image is made again, and how long after."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.core.outcome import Outcome, deferred, failed
from functions.core.record import Reason
from functions.core.values import Image

PAUSES = (timedelta(minutes=15), timedelta(hours=1))
"""From the start of an attempt that failed to the next: what broke the first is often gone for the third."""

ATTEMPTS = 1 + len(PAUSES)

RETRY_DELAY = int(PAUSES[0].total_seconds())
"""Seconds until a worker sees a retry: no earlier than it may act, and when DescribeImages shows the failed image everywhere."""

FINAL = timedelta(minutes=20)
"""So long before an action's deadline a state that contradicts itself counts as final: the queue brings a message every 15 minutes."""


def last_call(now: datetime, not_after: datetime) -> bool:
    """Whether an action's message may not come again before its deadline."""
    return now > not_after - FINAL


def refusal(wrecks: Sequence[Image], now: datetime) -> Outcome | None:
    """Why there is no next attempt yet, or ever, after the failed images `wrecks`, oldest first; None when it may start."""
    if len(wrecks) >= ATTEMPTS:
        last = wrecks[-1]
        return failed(Reason.ATTEMPTS_EXHAUSTED, attempt=len(wrecks), detail={"last": last.image_id, "state_reason": last.state_reason})
    if wrecks and now - wrecks[-1].created < PAUSES[len(wrecks) - 1]:
        return deferred(Reason.RETRY_PAUSE, attempt=1 + len(wrecks))
    return None
