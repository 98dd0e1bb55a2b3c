"""What `nightkeep plan take` asks and plans. It only describes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cli.output import notes
from functions.aws import clients, images, instances
from functions.core import take
from functions.core.config import Config, Policy
from functions.core.cron import latest
from functions.core.errors import NightkeepError
from functions.core.nearest import did_you_mean
from functions.core.night import Night
from functions.core.reboots import chains
from functions.core.values import Image, Instance
from functions.core.volumes import Devices, devices


@dataclass(frozen=True)
class Preview:
    """The plan of one night, with the instances it is about. `now` is AWS's clock."""

    night: Night
    plan: take.Plan
    instances: dict[str, Instance]
    now: datetime
    chains: tuple[tuple[str, ...], ...] = ()
    """Who is rebooted: of each chain one after the other."""
    devices: Mapping[str, Devices] = field(default_factory=dict)
    """How the images' devices differ from the instances', where the policy has them differ."""

    @property
    def too_late(self) -> bool:
        """Whether the night's window is over, so that nothing would be taken any more."""
        return self.now > self.night.take_until


@dataclass(frozen=True)
class Fleet:
    """The tagged instances of the home region. `now` is AWS's clock."""

    instances: tuple[Instance, ...]
    now: datetime


def policies(config: Config, name: str | None) -> tuple[Policy, ...]:
    """The policy `name`, or all of them. Raises NightkeepError for a name that is not there."""
    if name is None:
        return tuple(config.policies.values())
    if name not in config.policies:
        raise NightkeepError(
            f'there is no policy "{name}"; the configuration has {", ".join(config.policies)}{did_you_mean(name, config.policies)}'
        )
    return (config.policies[name],)


def moment(text: str) -> datetime:
    """The time that a person gave, with its offset. Raises NightkeepError."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise NightkeepError(f'"{text}" is not a time such as 2027-03-28T02:00+01:00 or 20270328T0100Z') from error
    if when.tzinfo is None:
        raise NightkeepError(f'"{text}" does not say where: add Z or an offset such as +01:00')
    return when.astimezone(UTC)


def fleet(config: Config) -> Fleet:
    """Ask EC2 for the tagged instances, page by page, showing how many there are so far."""
    found: list[Instance] = []
    with notes.status("asking EC2 for instances") as status:
        for page in instances.tagged(clients.ec2(config.home_region), config.tag_key):
            found += page.instances
            now = page.at
            status.update(f"{len(found)} instances so far")
    return Fleet(tuple(found), now)


def previews(config: Config, wanted: Iterable[Policy], seen: Fleet, at: datetime | None) -> list[Preview]:
    """The plan of each policy's latest slot at `at` (AWS's now, unless given), leaving out what has its image."""
    nights = list(_nights(config, wanted, at or seen.now))
    if not nights:
        return []
    held, _ = images.of_slots(clients.ec2(config.home_region), config.home_region, [night.slot for night in nights])
    return [_preview(config, night, seen, held) for night in nights]


def _nights(config: Config, wanted: Iterable[Policy], at: datetime) -> Iterator[Night]:
    for policy in wanted:
        slot = latest(policy.schedule, policy.timezone, at)
        if slot is None:
            notes.print(f"{policy.name}: no slot until {at:%Y-%m-%d %H:%M} UTC", style="yellow", soft_wrap=True)
        else:
            yield Night(config.home_region, policy, slot)


def _preview(config: Config, night: Night, seen: Fleet, held: Sequence[Image]) -> Preview:
    plan = take.plan(config, night, seen.instances, images=held)
    rebooting = chains.partition(chains.wanting(config, plan.takes, seen.instances))
    known = {instance.instance_id: instance for instance in seen.instances}
    return Preview(night, plan, known, seen.now, rebooting, dict(_differing(night, [known[one.instance_id] for one in plan.takes])))


def _differing(night: Night, taken: Sequence[Instance]) -> Iterator[tuple[str, Devices]]:
    """By instance; asks EC2 for volumes where only they show what is left out."""
    for start in range(0, len(taken), instances.PAGE):
        page = taken[start : start + instances.PAGE]
        ids = [one.instance_id for one in page]
        volumes = instances.volumes_of(clients.ec2(night.home), ids) if night.policy.volumes.must_be_seen else {}
        for one in page:
            differing = devices(night.policy, one, volumes)
            if differing.left_out or differing.added or differing.refused:
                yield one.instance_id, differing
