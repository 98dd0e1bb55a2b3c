"""What became of old images: the ladder, the Recycle Bin, and one that was had back."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from demo.account import HOME, RECOVERY
from demo.facts import Facts, Image
from demo.tables import local, number


def shown(facts: Facts) -> Iterator[Table | Text]:
    """The ladder as a table, and what was recovered; nothing when nothing was old enough."""
    rows = [row for slot in facts.slots for row in _rows(facts, slot)]
    if not rows:
        return
    columns = ("where", number("available"), number("disabled"), number("deregistered"), "why", "in the bin until (UTC)")
    table = Table("night", *columns, title="What became of old images: kept are two days, and the newest two", title_justify="left")
    for row in rows:
        table.add_row(*row)
    yield table
    if facts.recovered is not None:
        name = next(one.name for one in facts.nights[0].fleet if one.id == facts.recovered.instance)
        snapshots = ", ".join(facts.recovered.snapshots)
        yield Text(
            f"{facts.recovered.image} of {name}, {local(facts.recovered.slot)}, was had back: RestoreSnapshotFromRecycleBin of {snapshots}, "
            f"then RestoreImageFromRecycleBin{', then EnableImage' if facts.recovered.was_disabled else ''}; "
            f"it is {facts.recovered.state}, and held.",
            "green",
        )


def _rows(facts: Facts, slot: str) -> Iterator[tuple[str, ...]]:
    for region, images in ((HOME, facts.images), (RECOVERY, facts.copies)):
        of_night = [image for image in images if image.slot == slot]
        if any(image.state in {"disabled", "retired"} for image in of_night):
            counts = [str(sum(image.state == state for image in of_night)) for state in ("available", "disabled")]
            counts.append(str(sum(image.is_gone for image in of_night)))
            yield (local(slot), region, *counts, ", ".join(_reasons(facts, of_night)), _until(of_night))


def _reasons(facts: Facts, images: Sequence[Image]) -> list[str]:
    ids = {image.id for image in images}
    steps = ("image.disable", "image.deregister")
    return sorted(
        {one["reason"] for one in facts.records if one["event"] in steps and one["status"] == "done" and one["resource_id"] in ids}
    )


def _until(images: Sequence[Image]) -> str:
    latest = max((image.until for image in images if image.until), default="")
    return f"{datetime.fromisoformat(latest):%d %b %H:%M}" if latest else ""
