"""What the configuration says about how long images are kept, and by which steps they go."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from functions.core import duration
from functions.core.config.values import NEVER, Duration, DurationOrNever

RULES: Final = ConfigDict(frozen=True, extra="forbid", strict=True)
CLASSES: Final = ("daily", "weekly", "monthly", "yearly")
MOST_PERIODS: Final = 3650
LONGEST: Final = timedelta(days=36500)

Count = Annotated[int, Field(ge=1, le=MOST_PERIODS)]
Period = Annotated[int | None, Field(ge=1, le=MOST_PERIODS)]


class Keep(BaseModel):
    """Which images of an instance are kept in a region: what any of these keys keeps stays."""

    model_config = RULES

    younger_than: Duration | None = Field(None, description="Every image younger than this.", examples=["35 days"])
    newest: Period = Field(None, description="So many images, the newest.", examples=[14])
    daily: Period = Field(None, description="The first image of each of the last so many days, today among them.", examples=[14])
    weekly: Period = Field(None, description="The first image of each of the last so many ISO weeks.", examples=[8])
    monthly: Period = Field(None, description="The first image of each of the last so many months.", examples=[12])
    yearly: Period = Field(None, description="The first image of each of the last so many years.", examples=[3])
    at_least: Count = Field(1, description="So many images stay whatever their age, the newest that are available.")

    @field_validator("younger_than")
    @classmethod
    def _in_range(cls, value: timedelta | None) -> timedelta | None:
        return value if value is None else in_range(value, timedelta(hours=1), LONGEST)

    @model_validator(mode="after")
    def _keeps_something(self) -> "Keep":
        if all(getattr(self, key) is None for key in ("younger_than", "newest", *CLASSES)):
            raise ValueError(
                f"keeps nothing by age, count or calendar: give at least one of younger_than, newest, {', '.join(CLASSES)}, "
                "or leave keep out to keep every image"
            )
        return self


class Ladder(BaseModel):
    """The steps by which a stale image goes, and what holds it back. Every step but the last can be taken back."""

    model_config = RULES

    deprecate: bool = Field(default=False, description="Deprecate an image when it turns stale, as a first step that changes nothing else.")
    disable_after: Duration = Field(
        timedelta(0),
        description="How long an image stays deprecated before it is disabled; needs `deprecate`.",
        examples=["7 days"],
        json_schema_extra={"default": "0 minutes"},
    )
    deregister_after: DurationOrNever = Field(
        timedelta(days=14),
        description='How long an image stays disabled before it is deregistered, at least a day; "never" leaves it disabled.',
        examples=["14 days"],
        json_schema_extra={"default": "14 days"},
    )
    protect_shared: bool = Field(default=True, description="An image that is shared with another account, or public, is not stepped.")
    protect_launched: Duration = Field(
        timedelta(days=30),
        description='An image that was launched so recently is not stepped; "0 minutes" to let it.',
        examples=["30 days"],
        json_schema_extra={"default": "30 days"},
    )

    @field_validator("deregister_after")
    @classmethod
    def _a_day_at_least(cls, value: timedelta) -> timedelta:
        return value if value == NEVER else in_range(value, timedelta(days=1), LONGEST)

    @field_validator("disable_after", "protect_launched")
    @classmethod
    def _in_range(cls, value: timedelta) -> timedelta:
        return in_range(value, timedelta(0), LONGEST)

    @model_validator(mode="after")
    def _possible(self) -> "Ladder":
        if self.disable_after and not self.deprecate:
            raise ValueError(
                f'disable_after = "{duration.text(self.disable_after)}" counts from the deprecation, and deprecate is false: '
                "set deprecate = true, or leave disable_after out and keep images longer instead"
            )
        return self


def in_range(value: timedelta, least: timedelta, most: timedelta) -> timedelta:
    """`value`, when it lies within these bounds. Raises ValueError that names them."""
    if not least <= value <= most:
        raise ValueError(f'must be from "{duration.text(least)}" to "{duration.text(most)}"')
    return value
