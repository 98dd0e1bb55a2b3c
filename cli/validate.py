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
from functions.core.config.keep import Keep
from functions.core.config.values import NEVER
from functions.core.cron import occurrences

SLOTS = 3
_FAR = timedelta(days=10 * 366)


def summary(config: Config, source: str, now: datetime) -> RenderableType:
    """The policies of `config` with their next slots after `now` (aware), and where the copies go."""
    head = Text(f"{source} is ok", style="bold green")
    where = f"home {config.home_region}, tag {config.tag_key}, alarms to {', '.join(config.notify) or 'nobody: set notify'}"
    return Group(head, Text(where), _table(config, now), *_copies(config), *_retiring(config))


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


def _retiring(config: Config) -> Iterator[Text]:
    """What each policy keeps, how the rest goes, and what is probably forgotten."""
    for policy in config.policies.values():
        if policy.keep is None and not policy.keep_in:
            yield Text(f"{policy.name} keeps every image: give it keep to retire old ones")
            continue
        yield Text(f"{policy.name} keeps {_kept(policy.keep)}; {_ladder(policy)}")
        for region, keep in policy.keep_in.items():
            yield Text(f"{policy.name} keeps in {region} {_kept(keep)}")
    for policy in config.policies.values():
        for region in policy.retire_only:
            yield Text(f"{policy.name} makes no new copies in {region}: those that are there are only retired", style="yellow")


def _kept(keep: Keep | None) -> str:
    if keep is None:
        return "every image"
    said = {name: getattr(keep, name) for name in type(keep).model_fields}
    return ", ".join(
        f"{name} {duration.text(value) if isinstance(value, timedelta) else value}" for name, value in said.items() if value is not None
    )


def _ladder(policy: Policy) -> str:
    ladder = policy.ladder
    steps = ["deprecated"] if ladder.deprecate else []
    steps.append(f"disabled{f' {duration.text(ladder.disable_after)} later' if ladder.disable_after else ''}")
    if ladder.deregister_after != NEVER:
        steps.append(f"deregistered {duration.text(ladder.deregister_after)} later")
    return f"the rest is {', '.join(steps)}"


def _copies(config: Config) -> Iterator[Text]:
    for region in config.recovery_regions:
        whose = "your key" if region in config.keys else "Nightkeep's key"
        yield Text(f"copies in {region} under {config.key_alias(region)} ({whose})")
