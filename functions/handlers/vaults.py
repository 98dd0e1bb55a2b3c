"""The vaults as a sweep finds them: which nights were planned, and what a vault missed while it could not be written."""

from datetime import datetime

from functions.aws import faults
from functions.aws import vault as store
from functions.aws.vault import Vault
from functions.core.config import Policy
from functions.core.night import Night, latest_due
from functions.core.outcome import failed
from functions.core.record import Event
from functions.handlers import log
from functions.handlers.deployment import Deployment


def _vault(deployment: Deployment, region: str) -> Vault:
    return Vault(deployment.config.home_region, deployment.settings.account, region)


def planned(deployment: Deployment, night: Night) -> bool:
    """Whether the home vault holds the night's manifest. When it cannot be read the night counts as planned: takes are sent anyway."""
    try:
        return _holds(_vault(deployment, night.home), night)
    except faults.AwsFault as fault:
        _report(night.home, fault)
        return True


def _holds(vault: Vault, night: Night) -> bool:
    key = store.manifest_key(night.policy.name, night.slot)
    return key in vault.listing(key)


def mirror(deployment: Deployment, night: Night) -> None:
    """Bring each recovery vault what it lacks of the night: all parts, the manifest last."""
    home = _vault(deployment, night.home)
    for region in night.policy.copy_to:
        try:
            _mirror(home, _vault(deployment, region), night)
        except faults.AwsFault as fault:
            _report(region, fault)


def _mirror(home: Vault, recovery: Vault, night: Night) -> None:
    if _holds(recovery, night):
        return
    manifest = store.manifest_key(night.policy.name, night.slot)
    kept = home.listing(store.night_prefix(night.policy.name, night.slot))
    if manifest not in kept:
        return
    for key in sorted(kept, key=lambda name: name == manifest):
        outcome = recovery.write(key, home.read(key))
        log.write(Event.VAULT_WRITE, outcome, region=recovery.region, **log.about_night(night))
        if recovery.fault is not None:
            return


def report_overdue(deployment: Deployment, at: datetime) -> None:
    """Write each policy's metric `NightOverdue`: whether its latest night since the policy was first seen lacks its plan."""
    for policy in deployment.config.policies.values():
        try:
            is_overdue = _overdue(deployment, policy, at)
        except faults.AwsFault as fault:
            _report(deployment.config.home_region, fault)
            is_overdue = True
        log.overdue(policy.name, is_overdue=is_overdue)


def _overdue(deployment: Deployment, policy: Policy, at: datetime) -> bool:
    vault = _vault(deployment, deployment.config.home_region)
    if _first_seen(vault, policy) is None:
        mark = store.document({"schedule": policy.schedule, "timezone": policy.timezone, "first_seen": at})
        outcome = vault.write(store.schedule_key(policy), mark)
        log.write(Event.VAULT_WRITE, outcome, region=vault.region, policy=policy.name)
        return False
    night = latest_due(deployment.config.home_region, policy, at)
    return night is not None and counts(deployment, night) and not _holds(vault, night)


def _first_seen(vault: Vault, policy: Policy) -> datetime | None:
    key = store.schedule_key(policy)
    return vault.listing(key).get(key)


def counts(deployment: Deployment, night: Night) -> bool:
    """Whether the night's slot came after a sweep first saw its schedule: a new or changed schedule owes no night before.

    When the home vault cannot be read the night counts.
    """
    try:
        first_seen = _first_seen(_vault(deployment, night.home), night.policy)
    except faults.AwsFault as fault:
        _report(night.home, fault)
        return True
    return first_seen is not None and night.start > first_seen


def _report(region: str, fault: Exception) -> None:
    seen = faults.outcome(fault)
    log.write(
        Event.VAULT_WRITE, failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail), region=region
    )
