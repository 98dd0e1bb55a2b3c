"""The steps by which an image goes."""

from enum import StrEnum

from functions.core.record import Event


class Step(StrEnum):
    """A rung of the ladder; `mark` writes down since when an image is disabled that somebody else disabled, `unmark` takes that off one that he enabled."""

    DEPRECATE = "deprecate"
    DISABLE = "disable"
    MARK = "mark"
    UNMARK = "unmark"
    DEREGISTER = "deregister"

    @property
    def event(self) -> Event:
        """What the records of this step are called."""
        return Event(f"image.{self}")
