"""LockRule and UnlockRule."""

from datetime import timedelta
from typing import Any

from sandbox.gateway import Request
from sandbox.rbin import notices
from sandbox.rbin.answers import answer
from sandbox.rbin.errors import conflict, invalid
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule

DAY = timedelta(days=1)


def lock_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """LockRule; of one whose unlock delay is running too, which ends it. The delay cannot change until it has run out.

    Raises:
        RbinError: ConflictException for a locked rule or another delay, ValidationException for a rule that cannot be locked: which
            of the two AWS answers with then is not documented.
    """
    rule = rbin.rule(request.region, request.parameters["Identifier"])
    if not rule.lockable:
        raise invalid("Only Region-level retention rules without exclusion tags can be locked.")
    if rule.lock_state == "locked":
        raise conflict(f"The rule {rule.id} is locked already.")
    if rule.lock_state == "pending_unlock" and _delay(request) != rule.unlock_delay:
        raise conflict(f"The unlock delay of the rule {rule.id} cannot be changed before it has expired.")
    lock(rbin, request, rule)
    return answer(rbin, request, rule)


def unlock_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """UnlockRule: it can be changed once its delay has run out; a notice every day until the day before.

    Raises:
        RbinError: ConflictException for a rule that is not locked.
    """
    rule = rbin.rule(request.region, request.parameters["Identifier"])
    if rule.lock_state != "locked" or rule.unlock_delay is None:
        raise conflict(f"The rule {rule.id} is not locked.")
    rule.lock_state = "pending_unlock"
    rule.lock_end = (rbin.ec2.now() + rule.unlock_delay * DAY).replace(microsecond=0)
    rule.lock_changes += 1
    notices.unlock_scheduled(rbin, request.region, rule)
    _wait_a_day(rbin, request.region, rule, rule.unlock_delay)
    return answer(rbin, request, rule)


def lock(rbin: Rbin, request: Request, rule: Rule) -> None:
    """Lock a rule with the delay of the request."""
    rule.lock_state, rule.unlock_delay, rule.lock_end = "locked", _delay(request), None
    rule.lock_changes += 1
    notices.locked(rbin, request, rule)


def _delay(request: Request) -> int:
    return int(request.parameters["LockConfiguration"]["UnlockDelay"]["UnlockDelayValue"])


def _wait_a_day(rbin: Rbin, region: str, rule: Rule, left: int) -> None:
    """Wait out one of the days that are left of a delay, unless the rule is locked meanwhile."""
    change = rule.lock_changes

    def pass_on() -> None:
        if rule.lock_changes != change:
            return
        if left > 1:
            notices.unlocking(rbin, region, rule)
            _wait_a_day(rbin, region, rule, left - 1)
            return
        notices.unlocked(rbin, region, rule)
        rule.lock_state, rule.lock_end = "unlocked", None

    rbin.ec2.clock.after(DAY, pass_on)
