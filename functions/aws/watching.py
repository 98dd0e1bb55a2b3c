"""Watching reboots: what a batch of chains sees, and the document in the home vault that says who is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from functions.aws import clients, images, instances
from functions.aws.vault import Vault
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.messages import Watch
from functions.core.outcome import Outcome
from functions.core.reboots.look import THERE, Seen
from functions.core.reboots.state import NOBODY, Reboots
from functions.core.reboots.step import concerned
from functions.core.settings import REBOOTS
from functions.core.values import Image

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def read(vault: Vault) -> tuple[Reboots, str | None]:
    """Who is away, and the version of the document that says so. Raises what boto3 raises, and EventError for what it does not know."""
    found = vault.read_version(REBOOTS)
    if found is None:
        return NOBODY, None
    body, version = found
    try:
        return Reboots.model_validate_json(body), version
    except ValidationError as fault:
        raise EventError(
            f"{vault.bucket}/{REBOOTS} is not of a form that is known here ({fault.errors()[0]['msg']}): "
            "put an earlier version of it back, or delete it when nobody is being rebooted"
        ) from fault


def write(vault: Vault, state: Reboots, version: str | None) -> Outcome | None:
    """Write it over the `version` that was read; None when another watcher wrote meanwhile. Raises what boto3 raises."""
    return vault.replace(REBOOTS, state.model_dump_json().encode(), version)


def observe(config: Config, state: Reboots, watches: Sequence[Watch]) -> Seen:
    """The members of `watches` and who is away in their way, with a describe of each kind; checks last. Raises what boto3 raises."""
    ec2 = clients.ec2_acting(config.home_region)
    members = frozenset(member for watch in watches for member in watch.members)
    found, now = instances.by_id(ec2, members)
    seen = Seen(members, found, {}, frozenset(), frozenset(), now)
    away = concerned(config, state, watches, seen)
    if away - members:
        more, _ = instances.by_id(ec2, away - members)
        found |= more
    slots = {watch.slot for watch in watches} | {state.away[one].slot for one in away}
    held, now = images.of_slots(ec2, config.home_region, slots, members | away)
    ours = _by_key(image for image in held if image.ours(config.home_region))
    seen = replace(seen, looked=members | away, instances=found, images=ours, now=now)
    return _with_checks(ec2, state, away, seen)


def _with_checks(ec2: EC2Client, state: Reboots, away: Iterable[str], seen: Seen) -> Seen:
    """The same with what tells whether those `away` are back."""
    keys = {(state.away[one].policy, one, state.away[one].slot) for one in away}
    ids = [device.snapshot_id for key in keys for image in seen.images.get(key, ()) for device in image.devices]
    started = frozenset(images.snapshots(ec2, ids))
    there = [one for one in away if one in seen.instances and seen.instances[one].state in THERE]
    ok, now = instances.with_checks_ok(ec2, there)
    return replace(seen, snapshots=started, ok=ok, now=max(now, seen.now))


def _by_key(held: Iterable[Image]) -> dict[tuple[str, str, str], tuple[Image, ...]]:
    found: dict[tuple[str, str, str], tuple[Image, ...]] = {}
    for image in sorted(held, key=lambda image: image.created):
        found[image.key] = (*found.get(image.key, ()), image)
    return found
