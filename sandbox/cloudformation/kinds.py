"""The types of resources: how each is made, changed and deleted through the API of its service."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.gateway import ApiError, Caller, Gateway

Properties = Mapping[str, Any]
CALLER = Caller("cloudformation")


@dataclass(frozen=True)
class Made:
    """A resource that exists: its physical id (what Ref gives) and its attributes (what Fn::GetAtt gives)."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Where a resource is made: its account, region, stack and logical id; `generation` tells apart what replaced one another."""

    gateway: Gateway
    region: str
    stack: str
    logical_id: str
    generation: int = 0

    @property
    def account(self) -> str:
        """The account's id."""
        return self.gateway.account

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call an API operation; parameters that are None are left out. Raises ApiError."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.gateway.call(service, operation, self.region, given, CALLER)

    def remove(self, service: str, operation: str, /, **parameters: Any) -> None:
        """Call an operation that deletes; what is not there any more is no error."""
        try:
            self.call(service, operation, **parameters)
        except ApiError as error:
            if not any(word in error.code for word in ("NotFound", "NonExistent", "NoSuch", "NotExist")):
                raise

    def name(self, longest: int = 64) -> str:
        """A physical name as CloudFormation makes one up."""
        digest = hashlib.sha256(f"{self.region}/{self.stack}/{self.logical_id}/{self.generation}".encode()).hexdigest()[:12].upper()
        return f"{self.stack}-{self.logical_id}"[: longest - 13] + f"-{digest}"

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class Kind(ABC):
    """One type of resource. A change of a property in `replacing` makes another resource; other changes are made in place."""

    replacing: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def create(self, site: Site, properties: Properties) -> Made:
        """Make the resource. Raises ApiError."""

    @abstractmethod
    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """Change the resource from `old` to `new`. Raises ApiError."""

    @abstractmethod
    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """Delete the resource; one that is gone already is no error. Raises ApiError."""


class Fixed(Kind):
    """A type of resource that is never changed in place: every change makes another."""

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """Never called."""
        raise NotImplementedError


def tag_map(properties: Properties) -> dict[str, str] | None:
    """The Tags property, a list of Key and Value, as a mapping; None without any."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []} or None


def chosen(properties: Properties, *names: str) -> dict[str, Any]:
    """Those of `properties` that are called like this."""
    return {name: properties[name] for name in names if name in properties}


def lowered(value: Any) -> Any:
    """`value` with the first letter of each key in it in lower case, as some APIs spell them."""
    if isinstance(value, Mapping):
        return {key[0].lower() + key[1:]: lowered(item) for key, item in value.items()}
    return [lowered(item) for item in value] if isinstance(value, list) else value
