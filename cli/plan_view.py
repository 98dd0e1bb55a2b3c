"""How `nightkeep plan take` shows its plans: to people, and to programs."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.plan import Fleet, Preview
from functions.core import selection
from functions.core.config import Config
from functions.core.record import Reason, Status
from functions.core.volumes import Devices


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
    turns = {one: f"{turn} of {len(chain)}" for chain in preview.chains for turn, one in enumerate(chain, start=1)}
    rows = [(take.instance_id, "take", take.reason, str(turns.get(take.instance_id, take.spared or ""))) for take in preview.plan.takes]
    rows += [(skip.instance_id, "skip", skip.reason, "") for skip in sorted(preview.plan.skips, key=lambda skip: skip.reason)]
    told = any(reboot for *_, reboot in rows)
    table = Table("instance", "name", "decision", "reason", *(["reboot"] if told else []), *(["volumes"] if preview.devices else []))
    for instance_id, decision, reason, reboot in rows:
        style = "green" if decision == "take" else "dim"
        instance = preview.instances[instance_id]
        why = f"{reason}: {instance.state}" if reason == Reason.INSTANCE_STATE else str(reason)
        volumes = [_volumes(preview.devices.get(instance_id))] if preview.devices else []
        table.add_row(instance_id, printable(instance.name), decision, why, *([reboot] if told else []), *volumes, style=style)
    return table


def _volumes(devices: Devices | None) -> str:
    """How an image differs from its instance."""
    if devices is None:
        return ""
    lists = {"without": devices.left_out, "added": devices.added, "not as asked": devices.refused}
    return "; ".join(f"{word} {' '.join(sorted(some))}" for word, some in lists.items() if some)


def findings(config: Config, seen: Fleet) -> Iterator[str]:
    """A line for each thing in the instances' tags that its owner probably did not mean."""
    for finding in selection.findings(config, seen.instances):
        meant = f"; did you mean {finding.nearest}?" if finding.nearest else ""
        yield f"{finding.instance_id}: {finding.reason} {printable(finding.value)!r}{meant}"


def as_json(config: Config, seen: Fleet, found: Iterable[Preview]) -> str:
    """The previews for programs: the same plans, actions as they would be sent."""
    nights = [_as_object(preview) for preview in found]
    told = [asdict(finding) for finding in selection.findings(config, seen.instances)]
    return json.dumps({"now": seen.now.isoformat(), "nights": nights, "findings": told}, indent=2)


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
        "chains": [list(chain) for chain in preview.chains],
        "volumes": {instance_id: devices.detail() for instance_id, devices in preview.devices.items()},
        "skips": [asdict(skip) for skip in preview.plan.skips],
    }
