"""A scenario: a TOML text that says what goes wrong, each fault in a table of its own. docs/faults.md shows them all."""

import tomllib
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.events.fields import fields_of
from sandbox.events.pattern import Pattern
from sandbox.faults.occasions import Occasions
from sandbox.faults.values import Duration, EventPattern, Moments, Numbers, Region, Service, TimesOfDay, operation_of
from sandbox.gateway import ApiError, Call, Request

UNAVAILABLE = {"InternalError", "InternalFailure", "RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Unavailable"}
"""Codes that AWS sends with 503; others come with 400."""


class ScenarioError(ValueError):
    """A text that is no scenario; each line of the message says where, and what is allowed there."""


class Fault(BaseModel):
    """When a fault strikes: always, the first `times`, `only` the third, `daily` between two times of day in UTC, `between` two moments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: int | None = Field(default=None, ge=1)
    only: Numbers | None = None
    daily: TimesOfDay | None = None
    between: Moments | None = None

    def occasions(self) -> Occasions:
        """A new count of its occasions."""
        return Occasions(self.times, self.only, self.between, self.daily)


class Refuse(Fault):
    """Calls fail with `code`: of any service, operation, region and caller (a role's name, * for any characters) that is left out."""

    service: Service | None = None
    operation: str | None = None
    region: Region | None = None
    caller: str = "*"
    code: str
    message: str = "Refused on demand."
    status: int | None = Field(default=None, ge=400, le=599)

    @model_validator(mode="after")
    def _has_operation(self) -> "Refuse":
        if self.operation is not None and self.service is None:
            raise ValueError("an operation needs its service")
        if self.service is not None and self.operation is not None:
            operation_of(self.service, self.operation)
        return self

    def picks(self, request: Request) -> bool:
        """Whether it is about this call."""
        asked = ((self.service, request.service), (self.operation, request.operation), (self.region, request.region))
        return all(wanted in {None, given} for wanted, given in asked) and fnmatchcase(request.caller.name, self.caller)

    def error(self) -> ApiError:
        """The call's answer."""
        return ApiError(self.code, self.message, self.status or (503 if self.code in UNAVAILABLE else 400))


class Unreachable(Fault):
    """Connections to `region` fail."""

    region: Region

    def picks(self, request: Request) -> bool:
        """Whether it is about this call."""
        return request.region == self.region


class EventFault(Fault):
    """Events that match `pattern`, an event pattern of EventBridge's."""

    pattern: EventPattern

    def picks(self, event: dict[str, Any]) -> bool:
        """Whether it is about this event."""
        return Pattern.of(self.pattern).takes(fields_of(event))


class Delay(EventFault):
    """Events come up late, `by` so much."""

    by: Duration


class Double(EventFault):
    """Events come up twice, the second time `after` so much."""

    after: Duration = timedelta(0)


class FailImage(Fault):
    """Images end `failed` with `message`: those of one `operation`, of a `source` (an instance, or an image that is copied), of a `name` (* for any characters)."""

    operation: Literal["CreateImage", "CopyImage"] | None = None
    source: str = "*"
    name: str = "*"
    message: str = "Internal error."

    def picks(self, image: Any) -> bool:
        """Whether it is about this image of the store."""
        made_by = "CreateImage" if image.source_instance else "CopyImage"
        source = image.source_instance or image.source_image
        fits = self.operation in {None, made_by} and fnmatchcase(image.name, self.name)
        return bool(fits and source and fnmatchcase(source, self.source))


class Die(Fault):
    """Functions of this name (* for any characters) die once a call of theirs has happened, before they hear its answer."""

    function: str = "*"
    service: Service
    operation: str

    @model_validator(mode="after")
    def _has_operation(self) -> "Die":
        operation_of(self.service, self.operation)
        return self

    def picks(self, call: Call) -> bool:
        """Whether it is about this call, which must have succeeded."""
        return (call.service, call.operation, call.error_code) == (self.service, self.operation, None)


class Impair(Fault):
    """Instances that are rebooted do not come up: their status checks fail until they boot anew. An `instance` (* for any characters)."""

    instance: str = "*"

    def picks(self, instance_id: str) -> bool:
        """Whether it is about this instance."""
        return fnmatchcase(instance_id, self.instance)


class Scenario(BaseModel):
    """What goes wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    refuse: tuple[Refuse, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()
    lose: tuple[EventFault, ...] = ()
    delay: tuple[Delay, ...] = ()
    double: tuple[Double, ...] = ()
    swap: tuple[EventFault, ...] = ()
    fail_image: tuple[FailImage, ...] = ()
    die: tuple[Die, ...] = ()
    impair: tuple[Impair, ...] = ()


def read(text: str, name: str = "scenario") -> Scenario:
    """The scenario in a TOML text. Raises ScenarioError, which calls the text `name`."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: {error}") from error
    except ValidationError as error:
        raise ScenarioError("\n".join(f"{name}: {_told(problem)}" for problem in error.errors())) from error


def _told(problem: Any) -> str:
    place = ".".join(str(part) if isinstance(part, str) else f"[{part + 1}]" for part in problem["loc"]).replace(".[", "[")
    if problem["type"] == "extra_forbidden":
        parent = Scenario if len(problem["loc"]) == 1 else _table(str(problem["loc"][0]))
        return f"{place}: there is no such key; there are {', '.join(parent.model_fields)}"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"


def _table(name: str) -> type[BaseModel]:
    found: type[BaseModel] = Scenario.model_fields[name].annotation.__args__[0]  # type: ignore[union-attr] # every table is a list of one model
    return found
