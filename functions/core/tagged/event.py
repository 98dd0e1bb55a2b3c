"""Tag events as EventBridge brings them."""

from pydantic import AliasPath, AwareDatetime, BaseModel, Field, ValidationError

from functions.core.errors import EventError


class TagEvent(BaseModel):
    """`Tag Change on Resource` of an instance (Tag Editor User Guide, "Monitor tag changes"). Its tags are not read: they may be old."""

    time: AwareDatetime
    resources: tuple[str, ...] = Field(min_length=1)
    changed: frozenset[str] = Field(validation_alias=AliasPath("detail", "changed-tag-keys"))

    @property
    def instance_id(self) -> str:
        """The instance, of its ARN."""
        return self.resources[0].rpartition("/")[2]

    def joined(self, other: "TagEvent") -> "TagEvent":
        """Two events of one instance as one: what either changed, at the later time."""
        return self.model_copy(update={"time": max(self.time, other.time), "changed": self.changed | other.changed})


def parse(body: str) -> TagEvent:
    """Read an event. Raises EventError for anything else."""
    try:
        return TagEvent.model_validate_json(body)
    except ValidationError as fault:
        raise EventError(f"not a tag event: {fault.errors()[0]['msg']}") from fault
