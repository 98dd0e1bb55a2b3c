"""Slots as they stand in names and tags."""

from datetime import UTC, datetime
from functools import lru_cache

from functions.core.errors import EventError

FIRST_YEAR, LAST_YEAR = 2000, 2999


def slot_label(start: datetime) -> str:
    """A slot's time in UTC as it stands in names and tags: `20270328T0130Z`."""
    return start.astimezone(UTC).strftime("%Y%m%dT%H%MZ")


@lru_cache(maxsize=4096)  # many images are of one slot, and reading it anew was a third of judging them
def slot_start(label: str) -> datetime:
    """The time that `label` names, in UTC, of the years 2000 to 2999: days are added to it. Raises EventError for anything else."""
    try:
        start = datetime.strptime(label, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError as fault:
        raise EventError(f"{label!r} is not a slot: expected the form 20270328T0130Z") from fault
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise EventError(f"{label!r} is not a slot: expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return start


ON_DEMAND = "now-"
"""How the slot of an image begins that somebody asked for: `now-<label>`. It belongs to no night."""


def is_on_demand(label: str) -> bool:
    """Whether `label` stands where a slot does for an image on demand."""
    return label.startswith(ON_DEMAND) and len(label) > len(ON_DEMAND)


@lru_cache(maxsize=4096)  # what is none costs an exception, and most images carry no time of a disable
def is_slot(label: str) -> bool:
    """Whether `label` names a slot."""
    try:
        slot_start(label)
    except EventError:
        return False
    return True
