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
    def begins(self) -> bool:
        """Whether it takes an available image from those who may launch it, or tells them to let go of it: sharing protects from that."""
        return self in {Step.DEPRECATE, Step.DISABLE}

    @property
    def event(self) -> Event:
        """What the records of this step are called."""
        return Event(f"image.{self}")
