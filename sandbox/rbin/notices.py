"""The events of rules' locks, best effort. There is none for what enters or leaves the bin."""

from sandbox.gateway import Request
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule

VERSION = " 1.0.0"  # with the space, as AWS writes it


def locked(rbin: Rbin, request: Request, rule: Rule) -> None:
    """A rule was locked, by CreateRule or LockRule."""
    _send(rbin, request.region, rule, "Locked", {"api-name": request.operation})


def change_attempted(rbin: Rbin, request: Request, rule: Rule) -> None:
    """Somebody tried to change or delete a locked rule."""
    _send(rbin, request.region, rule, "Change Attempted", {"api-name": request.operation})


def unlock_scheduled(rbin: Rbin, region: str, rule: Rule) -> None:
    """A rule's unlock delay began."""
    _send(rbin, region, rule, "Unlock Scheduled", _end(rule))


def unlocking(rbin: Rbin, region: str, rule: Rule) -> None:
    """Another day of the delay is over."""
    _send(rbin, region, rule, "Unlocking Notice", _end(rule))


def unlocked(rbin: Rbin, region: str, rule: Rule) -> None:
    """The delay is over."""
    _send(rbin, region, rule, "Unlocked", _end(rule))


def _end(rule: Rule) -> dict[str, str]:
    return {"scheduled-unlock-time": rule.lock_end.strftime("%Y-%m-%dT%H:%M:%SZ") if rule.lock_end else ""}


def _send(rbin: Rbin, region: str, rule: Rule, what: str, more: dict[str, str]) -> None:
    detail = {
        "detail-version": VERSION,
        "rule-id": rule.id,
        "rule-description": rule.description,
        "unlock-delay-period": f"{rule.unlock_delay} days",
    }
    rbin.ec2.notices.send(region, "aws.rbin", f"Recycle Bin Rule {what}", [rule.arn], detail | more)
