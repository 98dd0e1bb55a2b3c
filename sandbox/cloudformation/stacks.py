"""The account's stacks, by region, and what templates may refer to beyond their own stack."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.kinds import CALLER
from sandbox.cloudformation.stack import Stack
from sandbox.cloudformation.template import Plan, parsed
from sandbox.gateway import ApiError, Gateway


@dataclass
class Stacks:
    """All stacks, deleted ones too, which only their ids find."""

    gateway: Gateway
    tell: Callable[[Stack], object]
    _by_id: dict[str, Stack] = field(default_factory=dict)

    def find(self, region: str, name: str) -> Stack | None:
        """The stack with this id, or the living one with this name."""
        if name in self._by_id:
            return self._by_id[name]
        return next((stack for stack in self.living(region) if stack.name == name), None)

    def get(self, region: str, name: str) -> Stack:
        """The same. Raises ApiError when there is none."""
        found = self.find(region, name)
        if found is None:
            raise ApiError("ValidationError", f"Stack with id {name} does not exist")
        return found

    def living(self, region: str) -> list[Stack]:
        """The region's stacks that are not deleted."""
        return [stack for stack in self.all(region) if stack.status != "DELETE_COMPLETE"]

    def all(self, region: str) -> list[Stack]:
        """The region's stacks, deleted ones too."""
        return [stack for stack in self._by_id.values() if stack.region == region]

    def new(self, region: str, name: str, now: datetime) -> Stack:
        """A new, empty stack. Raises ApiError when one of that name lives."""
        if self.find(region, name):
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{region}/{name}/{len(self._by_id)}")
        arn = f"arn:aws:cloudformation:{region}:{self.gateway.account}:stack/{name}/{identity}"
        stack = Stack(arn, name, region, now, tell=self.tell)
        self._by_id[stack.id] = stack
        return stack

    def plan(self, stack: Stack, text: str, parameters: dict[str, str]) -> Plan:
        """How to bring `stack` to the template `text`. Raises ApiError for a template that cannot be read."""
        return Plan(
            read_template(text),
            stack,
            parameters,
            self.gateway.account,
            lambda name: self._exported(stack.region, name),
            lambda name: self._parameter(stack.region, name),
        )

    def exports(self, region: str) -> dict[str, tuple[Stack, str]]:
        """What the region's stacks export: the stack and the value, by name."""
        return {
            output["ExportName"]: (stack, output["OutputValue"])
            for stack in self.living(region)
            for output in stack.outputs
            if "ExportName" in output
        }

    def _exported(self, region: str, name: str) -> Any:
        found = self.exports(region).get(name)
        if found is None:
            raise TemplateError(f"No export named {name} found.")
        return found[1]

    def _parameter(self, region: str, name: str) -> str:
        return str(self.gateway.call("ssm", "GetParameter", region, {"Name": name}, CALLER)["Parameter"]["Value"])


def read_template(text: str) -> dict[str, Any]:
    """The template in `text`. Raises ApiError for one that cannot be read."""
    try:
        return parsed(text)
    except TemplateError as error:
        raise ApiError("ValidationError", str(error)) from error
