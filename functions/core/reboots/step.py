"""One step of the watcher: who is back, who is rebooted next, and who is taken without a reboot since it cannot be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.core.config import Config
from functions.core.messages import Take, Watch
from functions.core.outcome import Outcome, already, deferred, skipped
from functions.core.reboots.chains import keys
from functions.core.reboots.look import Seen, look
from functions.core.reboots.state import Away, Reboots
from functions.core.record import Reason
from functions.core.selection import may_reboot, spared, why_not

LEASE = timedelta(hours=1)
"""How long an order to reboot a member of a group stands: after it the others need not wait for it any more."""


@dataclass(frozen=True)
class Told:
    """What is to be recorded of an instance, under the night of its order."""

    instance_id: str
    entry: Away
    outcome: Outcome


@dataclass(frozen=True)
class Step:
    """What a step comes to. `state` is to be written before `takes` are sent; `outcomes` are the messages', in their order."""

    state: Reboots
    takes: tuple[Take, ...] = ()
    told: tuple[Told, ...] = ()
    outcomes: tuple[Outcome, ...] = field(default=())


def concerned(config: Config, state: Reboots, watches: Iterable[Watch], seen: Seen) -> frozenset[str]:
    """Who is away and is to be looked at for `watches`, whose members were seen: who keeps one of them waiting, and who is long overdue."""
    members = {member for watch in watches for member in watch.members}
    shared = {key for member in members & seen.instances.keys() for key in keys(config, seen.instances[member])}
    return frozenset(
        instance_id
        for instance_id, entry in state.away.items()
        if instance_id in members or shared & set(entry.keys) or entry.late or seen.now > entry.until + LEASE
    )


def step(config: Config, state: Reboots, watches: Sequence[Watch], seen: Seen) -> Step:
    """Look at everybody who is away, then go on with each chain."""
    found = _look_around(state.pruned(seen.now), seen)
    for watch in watches:
        found = _go_on(config, found, watch, seen)
    return found


def _look_around(state: Reboots, seen: Seen) -> Step:
    away: dict[str, Away] = {}
    takes: list[Take] = []
    told: list[Told] = []
    for instance_id, entry in sorted(state.away.items()):
        night = state.ordered.get(entry.night_id)
        result = look(instance_id, entry, seen, night.until if night is not None else entry.until)
        away |= {instance_id: result.entry} if result.entry is not None else {}
        takes += [result.take] if result.take is not None else []
        told += [Told(instance_id, entry, result.told)] if result.told is not None else []
    return Step(state.model_copy(update={"away": away}), tuple(takes), tuple(told))


def _go_on(config: Config, found: Step, watch: Watch, seen: Seen) -> Step:
    """One chain: spare who cannot be rebooted, order the next one if nobody is in the way, and wait while anybody is left or away."""
    left = _left(found.state, watch, seen)
    if watch.policy not in config.policies:
        return _end(found, skipped(Reason.POLICY_REMOVED))
    if left and seen.now > watch.not_after:
        return _end(found, skipped(Reason.EXPIRED, detail={"not_after": watch.not_after.isoformat(), "left": len(left)}))
    for member in left:
        found = _spare(config, found, watch, seen, member)
    left = _left(found.state, watch, seen)
    if left and not _away(found.state, watch):
        found = _order_next(config, found, watch, seen, left)
    waits = _left(found.state, watch, seen) or _away(found.state, watch)
    return _end(found, deferred(Reason.WATCHING) if waits else already(watch.night_id))


def _end(found: Step, outcome: Outcome) -> Step:
    return replace(found, outcomes=(*found.outcomes, outcome))


def _left(state: Reboots, watch: Watch, seen: Seen) -> list[str]:
    """The members that have no order and no good image yet."""

    def has_image(member: str) -> bool:
        return any(not image.failed for image in seen.images.get((watch.policy, member, watch.slot), ()))

    return [member for member in sorted(watch.members) if not state.is_ordered(watch.night_id, member) and not has_image(member)]


def _away(state: Reboots, watch: Watch) -> list[str]:
    """The members that are away for this night and may still come back in time."""
    own = ((member, state.away.get(member)) for member in watch.members)
    return [member for member, entry in own if entry is not None and entry.night_id == watch.night_id and not entry.late]


def _spare(config: Config, found: Step, watch: Watch, seen: Seen, member: str) -> Step:
    """Order a member's take without a reboot, if there is a reason for that."""
    reason = _why_spared(config, found.state, watch, seen, member)
    if reason is None:
        return found
    take = _entry(watch, (), seen.now, watch.not_after).take(member, watch.not_after).model_copy(update={"spared": reason})
    return replace(found, state=found.state.with_ordered(watch.night_id, watch.not_after, member), takes=(*found.takes, take))


def _why_spared(config: Config, state: Reboots, watch: Watch, seen: Seen, member: str) -> Reason | None:
    policy, instance = config.policies[watch.policy], seen.instances.get(member)
    if instance is None:
        return Reason.INSTANCE_GONE
    if refusal := why_not(config, policy, instance) or spared(config, policy, instance):
        return refusal
    if not may_reboot(config, policy, instance):
        return Reason.NOT_SELECTED
    if seen.images.get((watch.policy, member, watch.slot)):
        return Reason.RETRY
    if seen.now > watch.reboot_until:
        return Reason.WINDOW_ENDS
    blocking = state.blocking(member, keys(config, instance)).values()
    return Reason.NOT_BACK if any(entry.late and entry.night_id == watch.night_id for entry in blocking) else None


def _order_next(config: Config, found: Step, watch: Watch, seen: Seen, left: Iterable[str]) -> Step:
    """Order the first member that nobody is in the way of, whatever night and policy has them away."""
    for member in left:
        its_keys = keys(config, seen.instances[member])
        if not found.state.blocking(member, its_keys):
            return _order(found, watch, member, _entry(watch, its_keys, seen.now, _until(watch, seen.now, its_keys)))
    return found


def _until(watch: Watch, now: datetime, its_keys: Sequence[str]) -> datetime:
    """Who is in no group keeps nobody waiting, so that the order may stand for as long as anybody is rebooted."""
    return min(now + LEASE, watch.reboot_until) if its_keys else watch.reboot_until


def _order(found: Step, watch: Watch, member: str, entry: Away) -> Step:
    take = entry.take(member, entry.until).model_copy(update={"may_reboot": True})
    state = found.state.with_ordered(watch.night_id, watch.not_after, member).with_away(member, entry)
    return replace(found, state=state, takes=(*found.takes, take))


def _entry(watch: Watch, its_keys: tuple[str, ...], now: datetime, until: datetime) -> Away:
    return Away(
        policy=watch.policy,
        slot=watch.slot,
        night_id=watch.night_id,
        reason=watch.reason,
        keys=its_keys,
        ordered=now,
        until=until,
    )
