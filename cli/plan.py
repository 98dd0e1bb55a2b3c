"""`nightkeep plan take`: who would be imaged, who would not, and why. It only describes."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.output import notes, printable
from functions.aws import clients, images, instances
from functions.core import selection, take
from functions.core.config import Config, Policy
from functions.core.cron import latest
from functions.core.errors import NightkeepError
from functions.core.night import Night
from functions.core.record import Status
from functions.core.values import Image, Instance


@dataclass(frozen=True)
class Preview:
    """The plan of one night, with the instances it is about. `now` is AWS's clock."""

    night: Night
    plan: take.Plan
    instances: dict[str, Instance]
    now: datetime

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
        raise NightkeepError(f'there is no policy "{name}"; the configuration has {", ".join(config.policies)}')
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
    nights = [_night(config, policy, at or seen.now) for policy in wanted]
    held, _ = images.of_slots(clients.ec2(config.home_region), config.home_region, [night.slot for night in nights])
    return [_preview(config, night, seen, held) for night in nights]


def _night(config: Config, policy: Policy, at: datetime) -> Night:
    slot = latest(policy.schedule, policy.timezone, at)
    if slot is None:
        raise NightkeepError(f"policy {policy.name} has no slot until {at:%Y-%m-%d %H:%M} UTC")
    return Night(config.home_region, policy, slot)


def _preview(config: Config, night: Night, seen: Fleet, held: Sequence[Image]) -> Preview:
    plan = take.plan(config, night, seen.instances, images=held)
    return Preview(night, plan, {instance.instance_id: instance for instance in seen.instances}, seen.now)


def render(preview: Preview) -> RenderableType:
    """A preview for people: the counts first, then every instance with its decision and reason."""
    night, plan = preview.night, preview.plan
    reasons = Counter(skip.reason for skip in plan.skips)
    counted = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    head = f"{night.policy.name}, slot {night.slot}: {len(plan.takes)} to take, {len(plan.skips)} not{f' ({counted})' if counted else ''}"
    lines: list[RenderableType] = [Text(head, style="bold")]
    if preview.too_late:
        lines.append(
            Text(f"the window of this slot ended {night.take_until:%Y-%m-%d %H:%M} UTC: nothing would be taken now", style="yellow")
        )
    if not plan.takes and not plan.skips:
        lines.append(Text("no instance carries the tag: a night like that is a failure", style="yellow"))
        return Group(*lines)
    return Group(*lines, _table(preview))


def _table(preview: Preview) -> Table:
    table = Table("instance", "name", "decision", "reason")
    rows = [(action.instance_id, "take", action.reason) for action in preview.plan.takes]
    rows += [(skip.instance_id, "skip", skip.reason) for skip in sorted(preview.plan.skips, key=lambda skip: skip.reason)]
    for instance_id, decision, reason in rows:
        style = "green" if decision == "take" else "dim"
        table.add_row(instance_id, printable(preview.instances[instance_id].name), decision, str(reason), style=style)
    return table


def render_findings(config: Config, seen: Fleet) -> Iterator[str]:
    """A line for each thing in the instances' tags that its owner probably did not mean."""
    for finding in selection.findings(config, seen.instances):
        meant = f"; did you mean {finding.nearest}?" if finding.nearest else ""
        yield f"{finding.instance_id}: {finding.reason} {printable(finding.value)!r}{meant}"


def as_json(config: Config, seen: Fleet, found: Iterable[Preview]) -> str:
    """The previews for programs: the same plans, actions as they would be sent."""
    nights = [_as_object(preview) for preview in found]
    findings = [asdict(finding) for finding in selection.findings(config, seen.instances)]
    return json.dumps({"now": seen.now.isoformat(), "nights": nights, "findings": findings}, indent=2)


def _as_object(preview: Preview) -> dict[str, Any]:
    night = preview.night
    return {
        "status": Status.PLANNED,
        "night_id": night.night_id,
        "policy": night.policy.name,
        "slot": night.slot,
        "take_until": night.take_until.isoformat(),
        "too_late": preview.too_late,
        "takes": [action.model_dump(mode="json") for action in preview.plan.takes],
        "skips": [asdict(skip) for skip in preview.plan.skips],
    }
