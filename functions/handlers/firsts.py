"""The configuration of instances that are imaged outside a night's plan, kept beside the night that their image belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.aws import clients, faults, instances
from functions.aws import vault as vaults
from functions.core.messages import Take
from functions.core.night import Night
from functions.core.outcome import Outcome, failed
from functions.core.record import Event
from functions.core.tagged.reaction import Reaction
from functions.handlers import log
from functions.handlers.deployment import Deployment


def keep(deployment: Deployment, sent: Mapping[str, Sequence[Reaction]]) -> None:
    """Keep it, in the vaults of each night's regions, of the instances whose takes were `sent`. What cannot be kept is recorded as failed."""
    nights: dict[str, Night] = {}
    ids: dict[str, set[str]] = {}
    for instance_id, reactions in sent.items():
        for reaction in reactions:
            if reaction.night is not None and any(isinstance(action, Take) for action in reaction.actions):
                nights[reaction.night.night_id] = reaction.night
                ids.setdefault(reaction.night.night_id, set()).add(instance_id)
    if not ids:
        return
    home = deployment.config.home_region
    try:
        lines = _lines(home, set().union(*ids.values()))
    except faults.AwsFault as fault:
        log.write(Event.VAULT_WRITE, _failed(fault), region=home)
        return
    opened = {region: vaults.Vault(home, deployment.settings.account, region) for region in (home, *deployment.config.recovery_regions)}
    for night_id, night in nights.items():
        body = vaults.lines(lines[one] for one in sorted(ids[night_id]) if one in lines)
        for region in (home, *night.policy.copy_to):
            if opened[region].fault is None:
                outcome = opened[region].write(vaults.extra_key(night.policy.name, night.slot, ids[night_id]), body)
                log.write(Event.VAULT_WRITE, outcome, region=region, **log.about_night(night))


def _lines(home: str, ids: set[str]) -> dict[str, Any]:
    """A line for each instance that is there. Raises what boto3 raises."""
    ec2 = clients.ec2(home)
    pages = instances.pages_by_id(ec2, ids)
    return {line["instance"]["InstanceId"]: line for page in pages for line in instances.configuration(ec2, page)}


def _failed(fault: Exception) -> Outcome:
    seen = faults.outcome(fault)
    return failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
