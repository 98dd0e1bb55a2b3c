"""What starts the guard: its schedule, and events, which are hints; the rules as they are decide."""

from typing import Any

from pydantic import AliasPath, AwareDatetime, BaseModel, Field, ValidationError

from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.settings import name

RBIN = "aws.rbin"
ATTEMPTED = "Recycle Bin Rule Change Attempted"
PART = "guard-bin"


class Start(BaseModel):
    """A schedule's `{"time": ...}`, an event of the Recycle Bin or of CloudFormation, or a call that CloudTrail tells of."""

    time: AwareDatetime
    source: str = ""
    region: str = ""
    kind: str = Field("", validation_alias="detail-type")
    rule_id: str | None = Field(None, validation_alias=AliasPath("detail", "rule-id"))
    api_name: str | None = Field(None, validation_alias=AliasPath("detail", "api-name"))
    role_arn: str = Field("", validation_alias=AliasPath("detail", "userIdentity", "sessionContext", "sessionIssuer", "arn"))
    error_code: str | None = Field(None, validation_alias=AliasPath("detail", "errorCode"))

    def regions(self, config: Config) -> tuple[str, ...]:
        """The regions to guard: where rules changed, or all; none when we changed them ourselves, or nobody did."""
        every = (config.home_region, *config.recovery_regions)
        if self.source != RBIN:
            return every
        if self.error_code is not None or self.role_arn.endswith(f":role/{name(config.home_region, PART)}"):
            return ()
        return tuple(region for region in every if region == self.region)

    @property
    def attempted_on(self) -> str | None:
        """The locked rule that somebody tried to change or delete, if it is that which is told."""
        return self.rule_id if self.kind == ATTEMPTED else None


def parse(event: dict[str, Any]) -> Start:
    """Read what started the guard. Raises EventError for anything else."""
    try:
        return Start.model_validate(event)
    except ValidationError as fault:
        raise EventError('expected {"time": <scheduled time>} from the guard\'s schedule, or an event') from fault
