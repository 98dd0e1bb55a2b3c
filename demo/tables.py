"""The fleet, its nights and its newest images as tables."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.table import Column, Table
from rich.text import Text

from demo.account import HOME, RECOVERY
from demo.facts import Facts, Image
from demo.fleet import Instance

ZONE = ZoneInfo("Asia/Kolkata")
MOST_ROWS = 14


def fleet(facts: Facts) -> Table:
    """What was launched, as it is tagged at the end."""
    table = Table("instance", "what it is", "Backup tag", number("how many"), title="The fleet", title_justify="left")
    counted = Counter((one.name, one.what, one.tag or "(none)") for one in facts.nights[-1].fleet)
    for row, count in counted.items():
        table.add_row(*row, str(count))
    return table


def nights(facts: Facts) -> Table:
    """A row for each night: how many were taken and copied, who was not and why, what happened, and what it took."""
    columns = (number("taken"), number("copied"), "not taken, and why; what happened", number("EC2 calls"), number("per image"))
    table = Table("night", *columns, title=f"The nights, on the clock of {ZONE.key}", title_justify="left", show_lines=True)
    for place, slot in enumerate(facts.slots):
        taken = sum(image.slot == slot and image.is_good for image in facts.images)
        copied = sum(copy.slot == slot and copy.is_good for copy in facts.copies)
        calls = facts.calls[slot, False]
        each = f"{calls / taken:.1f}" if taken else ""
        table.add_row(local(slot), str(taken), str(copied), _story(facts, place), str(calls), each)
    return table


def _story(facts: Facts, place: int) -> Text:
    plan = facts.plans[place]
    left_out = [one for one in facts.nights[place].fleet if one.id not in plan.takes]
    lines = [Text(f"{one.name}: {plan.skips.get(one.id, 'no tag')}{_meant(facts, one)}", "dim") for one in left_out]
    return Text("\n").join([*lines, *(Text(line, "yellow") for line in _happened(facts, place))])


def _meant(facts: Facts, one: Instance) -> str:
    """What its tag probably means, as a record says."""
    for record in facts.records:
        if (record["event"], record["reason"], record["instance_id"]) == ("instance.tag", "unknown_policy", one.id):
            return f' ("{record["detail"]["value"]}": {record["detail"]["nearest"]}?)'
    return ""


def _happened(facts: Facts, place: int) -> Iterator[str]:
    night, slot = facts.nights[place], facts.slots[place]
    yield from night.happened
    for failed in facts.copies:
        if (failed.slot, failed.state) == (slot, "failed"):
            again = [one for one in facts.copies if one.source == failed.source and one.is_good]
            name = next(one.name for one in night.fleet if one.id == failed.instance)
            yield f"the copy of {name} was made again" if again else f"the copy of {name} was not made again"


def newest(facts: Facts) -> Table:
    """The last night's images and copies, as EC2 reports them."""
    slot = facts.slots[-1]
    names = {one.id: one.name for one in facts.nights[-1].fleet}
    title = f"Images of {local(slot)} and their copies, as EC2 reports them"
    columns = (f"image in {HOME}", "encrypted", f"copy in {RECOVERY}", "made of", "encrypted", "under")
    table = Table(
        "instance", *columns, title=title, title_justify="left", caption=f"the recovery key is {facts.recovery_key}", caption_justify="left"
    )
    copies = {copy.source: copy for copy in facts.copies if copy.slot == slot and copy.state == "available"}
    images = [image for image in facts.images if image.slot == slot]
    for image in sorted(images, key=lambda image: names[image.instance])[:MOST_ROWS]:
        copy = copies.get(image.id)
        its = (copy.id, copy.source, _encrypted(copy), _under(facts, copy)) if copy else ("none",)
        table.add_row(names[image.instance], image.id, _encrypted(image), *its)
    if len(images) > MOST_ROWS:
        table.add_row(f"and {len(images) - MOST_ROWS} more")
    return table


def _encrypted(image: Image) -> str:
    if image.encrypted in {0, image.volumes}:
        return "yes" if image.encrypted else "no"
    return f"{image.encrypted} of {image.volumes}"


def _under(facts: Facts, copy: Image) -> str:
    return "recovery key" if facts.is_safe(copy) else ", ".join(sorted(copy.keys)) or "nothing"


def number(title: str) -> Column:
    """A column of numbers."""
    return Column(title, justify="right")


def local(slot: str) -> str:
    """A slot's date and time where its policy is."""
    return datetime.strptime(slot, "%Y%m%dT%H%MZ").replace(tzinfo=UTC).astimezone(ZONE).strftime("%a %d %b %H:%M")
