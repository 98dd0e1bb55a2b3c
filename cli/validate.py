"""`nightkeep validate`: what the configuration comes to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from functions.core import duration
from functions.core.config import Config, Policy
from functions.core.cron import occurrences

SLOTS = 3
_FAR = timedelta(days=10 * 366)


def summary(config: Config, source: str, now: datetime) -> RenderableType:
    """The policies of `config` with their next slots after `now` (aware), and where the copies go."""
    head = Text(f"{source} is ok", style="bold green")
    where = f"home {config.home_region}, tag {config.tag_key}, alarms to {', '.join(config.notify) or 'nobody: set notify'}"
    return Group(head, Text(where), _table(config, now), *_copies(config))


def _table(config: Config, now: datetime) -> Table:
    table = Table("policy", "next slots", "in UTC", "window", "copies to", show_lines=len(config.policies) > 1)
    for policy in config.policies.values():
        slots = list(islice(occurrences(policy.schedule, policy.timezone, now, now + _FAR), SLOTS))
        local = [slot.astimezone(ZoneInfo(policy.timezone)).strftime("%a %Y-%m-%d %H:%M") for slot in slots]
        table.add_row(
            f"{policy.name}\n{policy.timezone}",
            "\n".join(local) or "none in ten years",
            "\n".join(slot.strftime("%a %H:%M") for slot in slots),
            _window(policy),
            "\n".join(policy.copy_to) or "nowhere",
        )
    return table


def _window(policy: Policy) -> str:
    lines = [duration.text(policy.window)]
    if policy.flexible_start:
        lines.append(f"+ {duration.text(policy.flexible_start)}")
    if policy.reboot:
        lines.append("reboots")
    return "\n".join(lines)


def _copies(config: Config) -> Iterator[Text]:
    for region in config.recovery_regions:
        whose = "your key" if region in config.keys else "Nightkeep's key"
        yield Text(f"copies in {region} under {config.key_alias(region)} ({whose})")
