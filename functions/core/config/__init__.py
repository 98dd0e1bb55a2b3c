"""The configuration: what `nightkeep.toml` says, as frozen values that stacks, functions and the CLI share."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from functions.core import cron, duration
from functions.core.config import conflicts, errors, file
from functions.core.config.image_tags import ExtraTags, KeyPattern
from functions.core.config.keep import LONGEST, RULES, Keep, Ladder, in_range
from functions.core.config.recycle_bin import RecycleBin
from functions.core.config.values import (
    NEVER,
    POLICY_NAME,
    Cron,
    Duration,
    DurationOrForever,
    Email,
    KeyAlias,
    PolicyName,
    Region,
    TagKey,
    Template,
    Zone,
    each_once,
)
from functions.core.config.volumes import Added, LeaveOut, Volumes
from functions.core.errors import ConfigError

SHORTEST_WINDOW: Final = timedelta(hours=2)
"""A sweep repairs a night an hour after its start, at the latest an hour later still: a shorter window would never be repaired."""

LONGEST_WINDOW: Final = timedelta(hours=24)
LONGEST_FLEXIBLE_START: Final = timedelta(minutes=1440)
"""EventBridge Scheduler's longest flexible time window."""


def _without_name(schema: dict[str, Any]) -> None:
    """A policy's name is its table's, so no key of the table."""
    del schema["properties"]["name"]
    schema["required"].remove("name")


class Policy(BaseModel):
    """When the instances that ask for this policy are imaged, how, and where their images are copied."""

    model_config = ConfigDict(**RULES, json_schema_extra=_without_name)

    name: PolicyName
    schedule: Cron = Field(
        description="When images are taken: a cron expression of EventBridge Scheduler, in `timezone`.", examples=["cron(0 2 * * ? *)"]
    )
    timezone: Zone = Field("UTC", description="IANA time zone of the schedule.", examples=["Europe/Berlin"])
    exclude_tags: dict[str, str] = Field(
        {},
        description='Tags of instances that are not imaged though they ask for it; "*" stands for any value.',
        examples=[{"Environment": "scratch"}],
    )
    states: Annotated[tuple[Literal["running", "stopped"], ...], Field(min_length=1), AfterValidator(each_once)] = Field(
        ("running", "stopped"), strict=False, description="The states in which instances are imaged.", examples=[["running"]]
    )
    spot: bool = Field(default=True, description="Image Spot instances.")
    auto_scaling: bool = Field(default=True, description="Image members of Auto Scaling groups.")
    first_image: Literal["standalone", "all", "none"] = Field(
        "standalone",
        description='Which instances get a first image when they are newly tagged, without waiting for the schedule: "standalone": those of no '
        'Auto Scaling group; "all"; "none".',
    )
    flexible_start: Duration = Field(
        timedelta(0),
        description="How much later than scheduled a night may start, to spread load; at most 24 hours.",
        examples=["15 minutes"],
        json_schema_extra={"default": "0 minutes"},
    )
    window: Duration = Field(
        timedelta(hours=6),
        validate_default=True,
        description="How long after its start a night may still take images; 2 to 24 hours.",
        examples=["6 hours"],
        json_schema_extra={"default": "6 hours"},
    )
    reboot: bool = Field(default=False, description="Reboot instances for a file-system-consistent image.")
    reboot_auto_scaling: bool = Field(
        default=False,
        description="Reboot members of Auto Scaling groups too, where `reboot` asks for it: their group may replace them meanwhile.",
    )
    copy_to: Annotated[tuple[Region, ...], AfterValidator(each_once)] = Field(
        (), strict=False, description="Recovery regions that get an encrypted copy of every image.", examples=[["eu-west-1"]]
    )
    retire_only: Annotated[tuple[Region, ...], AfterValidator(each_once)] = Field(
        (),
        strict=False,
        description="Regions that get no copies any more, whose copies are still retired as `keep` says.",
        examples=[["us-east-1"]],
    )
    keep: Keep | None = Field(
        None, description="Which images are kept, in every region; without it all of them are.", examples=[{"daily": 14, "weekly": 8}]
    )
    keep_in: dict[Region, Keep] = Field(
        {}, description="What a recovery region keeps, where it is not what `keep` says.", examples=[{"eu-west-1": {"daily": 7}}]
    )
    gone_after: Duration = Field(
        timedelta(days=7),
        description="How long an instance must be missing, counted from the first day's run that did not find it, before it counts as gone.",
        examples=["7 days"],
        json_schema_extra={"default": "7 days"},
    )
    after_termination: DurationOrForever = Field(
        timedelta(days=90),
        description='When the images that `at_least` and `newest` keep of an instance that is gone go too, counted from the same run; "forever" keeps them.',
        examples=["90 days"],
        json_schema_extra={"default": "90 days"},
    )
    ladder: Ladder = Field(
        Ladder(),
        description="By which steps stale images go.",
        examples=[{"deregister_after": "14 days"}],
        json_schema_extra={"default": {}},
    )
    volumes: Volumes = Field(
        Volumes(),
        description="How the volumes of images differ from those of their instances.",
        examples=[{"leave_out": {"devices": ["/dev/sdf"]}}],
        json_schema_extra={"default": {}},
    )
    tags: ExtraTags = Field({}, description="Extra tags of images and snapshots.", examples=[{"CostCenter": "backup"}])
    carry_tags: Annotated[tuple[KeyPattern, ...], AfterValidator(each_once)] = Field(
        ("*",),
        strict=False,
        description="Which of the instance's tags images and snapshots carry; `*` stands for anything.",
        examples=[["team*"]],
    )
    name_tag: Template = Field("{instance_name} {local_date}", description="The Name tag of images and snapshots.")
    description: Template = Field("{policy} {slot} of {instance_name} {instance_id}", description="The description of images.")

    @field_validator("gone_after", "after_termination")
    @classmethod
    def _days(cls, value: timedelta) -> timedelta:
        return value if value == NEVER else in_range(value, timedelta(days=1), LONGEST)

    @property
    def judged(self) -> tuple[str, ...]:
        """The recovery regions whose copies are judged."""
        return (*self.copy_to, *self.retire_only)

    def keeps(self, region: str) -> Keep | None:
        """What this policy keeps in `region`; None: everything."""
        return self.keep_in.get(region, self.keep)

    @field_validator("flexible_start")
    @classmethod
    def _flexible_in_range(cls, value: timedelta) -> timedelta:
        if not timedelta(0) <= value <= LONGEST_FLEXIBLE_START:
            raise ValueError('must be from "0 minutes" to "24 hours"')
        return value

    @field_validator("window")
    @classmethod
    def _window_in_range(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        if not SHORTEST_WINDOW <= value <= LONGEST_WINDOW:
            raise ValueError('must be from "2 hours" to "24 hours"')
        flexible: timedelta = info.data.get("flexible_start", timedelta(0))
        interval = cron.shortest_interval(info.data["schedule"]) if "schedule" in info.data else None
        if interval is not None and flexible + value > interval:
            raise ValueError(
                f'one night must end before the next starts: flexible_start "{duration.text(flexible)}" and the window together '
                f'may take at most the schedule\'s shortest interval, "{duration.text(interval)}"'
            )
        return value


class Config(BaseModel):
    """What one deployment of Nightkeep does, from its home region."""

    model_config = ConfigDict(**RULES, title="nightkeep.toml")

    home_region: Region = Field(description="The region whose instances are imaged, and where Nightkeep runs.", examples=["ap-south-1"])
    tag_key: TagKey = Field("Backup", description="The instance tag whose value names the instance's policies.")
    notify: Annotated[tuple[Email, ...], AfterValidator(each_once)] = Field(
        (), strict=False, description="Who gets an email from each alarm.", examples=[["ops@example.com"]]
    )
    api_share: float = Field(
        0.5, gt=0, le=1, allow_inf_nan=False, description="The part of EC2's documented API rates that Nightkeep uses at most."
    )
    pending_snapshots: Annotated[int, Field(ge=2)] = Field(
        100,
        description="The account's quota of pending snapshots in the home region (Service Quotas, EBS, L-94D7AB7D): more are not started at once.",
        examples=[400],
    )
    keys: dict[Region, KeyAlias] = Field(
        {},
        description="A customer KMS key's alias for a recovery region; the others get a key of Nightkeep's.",
        examples=[{"eu-west-1": "alias/my-backups"}],
    )
    recycle_bin: RecycleBin = Field(
        RecycleBin(),
        description="How long what was deregistered can be had back.",
        examples=[{"retain": "14 days"}],
        json_schema_extra={"default": {}},
    )
    retire_limit: Annotated[int | None, Field(ge=1)] = Field(
        None,
        description="How many images one run may bring to each step in each region; without it 20, or twice the selected instances if that is more.",
        examples=[100],
    )
    policies: dict[str, Policy] = Field(
        min_length=1,
        description="Policies by name. An instance whose tag names one is imaged by it.",
        json_schema_extra={"propertyNames": {"pattern": POLICY_NAME}},
    )

    @model_validator(mode="before")
    @classmethod
    def _name_policies(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or not isinstance(raw.get("policies"), dict):
            return raw
        named = {name: {**table, "name": name} if isinstance(table, dict) else table for name, table in raw["policies"].items()}
        return {**raw, "policies": named}

    @property
    def recovery_regions(self) -> tuple[str, ...]:
        """Every region that holds copies: some policy copies to it, or still retires there; in order of their names."""
        return tuple(sorted({region for policy in self.policies.values() for region in policy.judged}))

    def key_alias(self, region: str) -> str:
        """The alias of the KMS key that encrypts the copies in `region`: the configured one, else Nightkeep's own."""
        return self.keys.get(region, f"alias/nightkeep-{self.home_region}")


def load(path: Path) -> Config:
    """The configuration in the TOML file `path`. Raises ConfigError with every problem found in it."""
    return parse(file.read(path), source=str(path))


def parse(raw: dict[str, Any], source: str) -> Config:
    """The configuration that a TOML document holds; `source` is its file's name. Raises ConfigError with every problem."""
    problems = conflicts.find(raw)
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        problems = [*errors.in_words(error, _allowed), *problems]
    if problems:
        raise ConfigError(source, tuple(problems))
    return config


_TABLES: Mapping[str | int, type[BaseModel]] = {
    "keep": Keep,
    "keep_in": Keep,
    "ladder": Ladder,
    "recycle_bin": RecycleBin,
    "volumes": Volumes,
    "leave_out": LeaveOut,
    "add": Added,
}


def _allowed(place: errors.Place) -> Iterable[str]:
    """The keys that may stand where `place` does."""
    inside = next((_TABLES[step] for step in reversed(place[:-1]) if step in _TABLES), Policy if len(place) > 1 else Config)
    return inside.model_fields
