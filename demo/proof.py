"""Whether the nights were what they should be, what they took, and how one instance's worst night went, record by record."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from demo.account import HOME, KEY_ALIAS, RECOVERY
from demo.facts import Facts
from demo.tables import local, number


def records(facts: Facts) -> Table | None:
    """All records about the instance whose copy failed, in that night; None if none failed."""
    failed = next((copy for copy in facts.copies if copy.state == "failed"), None)
    if failed is None:
        return None
    name = next(one.name for one in facts.nights[0].fleet if one.id == failed.instance)
    title = f"Records of {name} ({failed.instance}), night of {local(failed.slot)}"
    table = Table("UTC", "function", "event", "status", "reason", "about", number("attempt"), title=title, title_justify="left")
    ours = {image.id for image in (*facts.images, *facts.copies) if (image.instance, image.slot) == (failed.instance, failed.slot)}
    for record in facts.records:
        if str(record["service"]).startswith("retire"):
            continue  # what became of it days later
        of_night = record["slot"] == failed.slot and record["instance_id"] == failed.instance
        if of_night or record["resource_id"] in ours:
            table.add_row(*_row(facts, record), style="red" if record["status"] == "failed" else "")
    return table


def _row(facts: Facts, record: dict[str, object]) -> tuple[str, ...]:
    answered = facts.times.get(str(record["request_id"]))
    shown = (record["service"], record["event"], record["status"], record["reason"], record["resource_id"], record["attempt"])
    return (f"{answered:%H:%M:%S}" if answered else "", *("" if value is None else str(value) for value in shown))


def totals(facts: Facts) -> Iterator[Text]:
    """What EC2 holds, and how many calls it took."""
    good = [image for image in facts.images if image.is_good]
    every = (*facts.images, *facts.copies)
    held = Counter(image.state for image in every if not image.is_gone)
    counted = ", ".join(f"{count} {state}" for state, count in sorted(held.items()))
    yield Text(f"Images in {HOME} and copies in {RECOVERY}: {counted}; {sum(image.is_gone for image in every)} were deregistered.")
    working = sum(count for (_, is_sweep), count in facts.calls.items() if not is_sweep)
    sweeping = facts.calls.total() - working
    yield Text(
        f"{working} EC2 calls for {len(good)} images and their copies: {working / max(len(good), 1):.2f} for each instance and night, "
        f"many of which serve several images. Hourly sweeps and retiring made {sweeping / max(len(facts.slots), 1):.0f} more a night."
    )


def verdict(facts: Facts) -> Iterator[tuple[bool, str]]:
    """What was promised, and whether it was kept."""
    wanted, imaged, copied = facts.wanted(), facts.imaged(), facts.copied()
    nights = len(facts.nights)
    yield len(facts.slots) == nights, f"{len(facts.slots)} of {nights}: every night was planned"
    yield wanted <= imaged, f"{len(wanted & imaged)} of {len(wanted)}: every tagged instance on EBS was imaged on each of {nights} nights"
    yield wanted <= copied, f"{len(wanted & copied)} of {len(wanted)}: every image was copied to {RECOVERY}, encrypted under {KEY_ALIAS}"
    good = sum(image.is_good for image in facts.images)
    yield imaged == wanted and good == len(imaged), "no instance was imaged twice in a night, or without asking for it"
    retired = {image.id for image in (*facts.images, *facts.copies) if image.is_gone}
    if retired:
        yield (
            retired <= facts.in_bin,
            f"{len(retired & facts.in_bin)} of {len(retired)}: every retired image can be had back from the Recycle Bin",
        )
        newest = {(one, slot) for one, slot in wanted if slot in facts.slots[-2:]}
        fresh = [{(one.instance, one.slot) for one in place if one.state == "available"} for place in (facts.images, facts.copies)]
        yield all(newest <= place for place in fresh), "of every instance the newest two nights are available, in both regions"
    if facts.recovered is not None:
        yield facts.recovered.state == "available", f"{facts.recovered.image} was recovered through EC2's own API and is available again"
