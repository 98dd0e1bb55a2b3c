"""What the configuration says about the Recycle Bin of the home region and of every recovery region."""

from datetime import timedelta
from typing import Final, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from functions.core import duration
from functions.core.config.keep import RULES, in_range
from functions.core.config.values import Duration

DAY: Final = timedelta(days=1)
LONGEST: Final = 365 * DAY
"""A retention rule for images or snapshots keeps them so long at most (Amazon EBS User Guide)."""

SHORTEST_LOCK, LONGEST_LOCK = 7 * DAY, 30 * DAY
MOST_EXCLUSIONS: Final = 5


class RecycleBin(BaseModel):
    """How long what was deregistered can be had back, and from whom. The rules of every region are made so, and kept so."""

    model_config = RULES

    retain: Duration = Field(
        timedelta(days=14),
        description="How long a deregistered image can be restored, whole days; its snapshots stay a day longer.",
        examples=["14 days"],
        json_schema_extra={"default": "14 days"},
    )
    scope: Literal["ours", "region"] = Field(
        "ours", description='"ours": what Nightkeep made. "region": everything that anybody deletes in these regions, which is billed too.'
    )
    exclude: dict[str, str] = Field(
        {}, description='Tags of what a rule with scope "region" lets go at once; at most 5.', examples=[{"Environment": "scratch"}]
    )
    lock: Duration | None = Field(
        None,
        description='Lock the rules; unlocking them takes so long, 7 to 30 days. Only with scope "region" and without `exclude`.',
        examples=["7 days"],
    )

    @property
    def retain_snapshots(self) -> timedelta:
        """How long snapshots stay: an image without them could not be restored."""
        return self.retain + DAY

    @field_validator("retain")
    @classmethod
    def _retain_in_range(cls, value: timedelta) -> timedelta:
        return _whole_days(in_range(value, DAY, LONGEST - DAY))

    @field_validator("lock")
    @classmethod
    def _lock_in_range(cls, value: timedelta | None) -> timedelta | None:
        return value if value is None else _whole_days(in_range(value, SHORTEST_LOCK, LONGEST_LOCK))

    @field_validator("exclude")
    @classmethod
    def _few(cls, value: dict[str, str]) -> dict[str, str]:
        if len(value) > MOST_EXCLUSIONS:
            raise ValueError(f"has {len(value)} tags; a retention rule takes {MOST_EXCLUSIONS} at most")
        return value

    @model_validator(mode="after")
    def _possible(self) -> "RecycleBin":
        if self.exclude and self.scope == "ours":
            raise ValueError('exclude goes with scope = "region" only: a rule for what carries our tag takes no exclusions')
        if self.lock is not None and (self.scope == "ours" or self.exclude):
            why = "exclude is set" if self.exclude else 'scope is "ours", a rule by tag'
            raise ValueError(f"lock is only for rules of a whole region without exclusions, and {why}: remove one of them")
        return self


def _whole_days(value: timedelta) -> timedelta:
    if value % DAY:
        raise ValueError(f'must be whole days, such as "{duration.text(value // DAY * DAY + DAY)}"')
    return value
