"""What tag events would have started, had they come: a sweep's part of following tags."""

from collections.abc import Mapping

from functions.aws import clients, images, instances
from functions.core import selection
from functions.core.config import Config
from functions.core.outcome import failed
from functions.core.record import Event
from functions.core.tagged import LEAVING, lost, mistakes, removed
from functions.core.tagged.reaction import Reaction, Seen
from functions.handlers import firsts, log, repair, tag_reactions
from functions.handlers.deployment import Deployment
from functions.handlers.vaults import Vaults

DAILY = 11
"""The hour, in UTC, of the sweep that does what is done once a day: the last one before images are retired."""

TOLD_AT_ONCE = 199
"""Instances whose images are looked at together: as many as one filter of EC2's takes beside the home region."""


def tell_mistakes(deployment: Deployment, seen: repair.Seen) -> None:
    """Once a day, record what looks like a mistake in instances' tags: each also when it was made, if its event came."""
    if seen.at.hour == DAILY:
        for mistake in mistakes(deployment.config, seen.instances):
            tag_reactions.tell(deployment.config, mistake.outcome.resource_id or "", [mistake])


def tell_removed(deployment: Deployment, vaults: Vaults, seen: repair.Seen) -> None:
    """Once after a policy's night, record who asked for the one before and does not any more: also told when it happened, if its event came. Raises what boto3 raises at home."""
    gone = _gone(deployment.config, vaults, seen)
    ids = sorted(gone)
    for start in range(0, len(ids), TOLD_AT_ONCE):
        _tell_removed(deployment.config, {key: gone[key] for key in ids[start : start + TOLD_AT_ONCE]})


def _tell_removed(config: Config, gone: Mapping[str, set[str]]) -> None:
    ec2 = clients.ec2(config.home_region)
    live = [one for one in instances.by_id(ec2, gone)[0].values() if one.state not in LEAVING]
    found, now = images.of_home(ec2, config.home_region, [one.instance_id for one in live])
    for one in live:
        made = {config.home_region: [image for image in found if image.key[1] == one.instance_id]}
        reactions = removed.reactions(config, one, Seen(one, made, now), {config.tag_key})
        tag_reactions.tell(config, one.instance_id, [reaction for reaction in reactions if reaction.policy in gone[one.instance_id]])


def _gone(config: Config, vaults: Vaults, seen: repair.Seen) -> Mapping[str, set[str]]:
    """By instance, the policies that it asked for when the last night but one was planned, and neither a night later nor now."""
    found: dict[str, set[str]] = {}
    for night, before in lost.last_two(config, seen.at) if vaults.ledger is not None else ():
        earlier, later = vaults.planned(before), vaults.planned(night)
        if earlier is None or later is None:
            continue
        asking = {one.instance_id for one in seen.instances if night.policy in selection.policies(config, one)}
        for key in earlier - later - asking:
            found.setdefault(key, set()).add(night.policy.name)
    return found


def repair_tags(deployment: Deployment, vaults: Vaults, seen: repair.Seen) -> None:
    """Send what instances ask for and lack. Raises what boto3 raises at home."""
    config, is_daily = deployment.config, seen.at.hour == DAILY
    newly = _newly(deployment, vaults, seen)
    asking = _asking(deployment, vaults, seen)
    held = {one.instance_id for one in seen.instances if is_daily and selection.hold(config, one) is not None}
    suspects = [one for one in seen.instances if one.instance_id in newly.keys() | asking | held]
    images, now = tag_reactions.images_by_instance(config, suspects) if suspects else ({}, seen.now)
    sent: dict[str, list[Reaction]] = {}
    for one in suspects:
        key = one.instance_id
        reactions = list(lost.orders(config, one, Seen(one, images[key], now), newly.get(key, ()), is_asked=key in asking))
        trouble = tag_reactions.send(deployment, reactions)
        if trouble is not None:
            outcome = failed(trouble.reason, error_code=trouble.error_code, detail=trouble.detail)
            log.write(Event.INSTANCE_TAG, outcome, region=config.home_region, instance_id=key)
            break
        tag_reactions.tell(config, key, reactions)
        sent[key] = reactions
    firsts.keep(deployment, sent)


def _newly(deployment: Deployment, vaults: Vaults, seen: repair.Seen) -> Mapping[str, list[str]]:
    """By instance, the policies that it was not seen to ask for when their newest night was planned. What was not planned at all is no lost event."""
    found: dict[str, list[str]] = {}
    for night, ids in lost.unimaged(deployment.config, seen.instances, seen.holdings.home, seen.now):
        planned = vaults.planned(night)
        for key in ids - planned if planned is not None else ():
            found.setdefault(key, []).append(night.policy.name)
    return found


def _asking(deployment: Deployment, vaults: Vaults, seen: repair.Seen) -> set[str]:
    """Instances that ask for an image on demand and never had it. While the ledger cannot say that, nobody: made once more would be held for ever."""
    before = vaults.ledger
    if before is None:
        return set()
    had = lost.had(deployment.config, seen.instances, seen.holdings.home, before.asked)
    vaults.keep_ledger(before.model_copy(update={"asked": had}))
    slots = {one.instance_id: selection.on_demand(deployment.config, one) for one in seen.instances}
    return {key for key, slot in slots.items() if slot is not None and had.get(key) != slot}
