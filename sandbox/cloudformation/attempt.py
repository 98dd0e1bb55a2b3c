"""One attempt to bring a stack to where its template wants it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.intrinsics import resolve
from sandbox.cloudformation.kinds import Fixed, Kind, Properties, Site
from sandbox.cloudformation.resources import kind
from sandbox.cloudformation.stack import Resource, Stack
from sandbox.cloudformation.template import Plan
from sandbox.gateway import ApiError, Gateway

FAILURES = (ApiError, BotoCoreError, TemplateError, KeyError)
"""What makes a resource fail; anything else is a fault of the sandbox."""


class FailedError(Exception):
    """A resource failed; its event is written."""


class Attempt:
    """Makes, changes and replaces resources in order. `leftover` is what replacements left to be deleted after a success."""

    def __init__(self, gateway: Gateway, stack: Stack, plan: Plan) -> None:
        """Apply `plan` to `stack`."""
        self.leftover: list[Resource] = []
        self._gateway = gateway
        self._stack = stack
        self._plan = plan
        self._before = dict(stack.resources)
        self._undo: list[Callable[[], object]] = []

    def run(self) -> None:
        """Do it all. Raises FailedError at the first failure, with what was done so far standing."""
        whole = (self._stack.name, self._stack.id, "AWS::CloudFormation::Stack")
        try:
            definitions = self._plan.definitions()
        except FAILURES as error:
            raise self._failed(whole, "FAILED", error) from error
        for name, definition in definitions.items():
            self._plan.made[name] = self._stack.resources[name] = self._settle(name, definition)
        try:
            self._stack.outputs = outputs(self._plan)
        except FAILURES as error:
            raise self._failed(whole, "FAILED", error) from error
        self._stack.resources = dict(self._plan.made)

    def roll_back(self) -> None:
        """Undo what was done, the last first; the stack has the resources it had before."""
        for undo in reversed(self._undo):
            undo()
        self._stack.resources = self._before

    def gone(self) -> list[Resource]:
        """What the template does not have any more and nothing retains, the last made first."""
        removed = [one for name, one in self._before.items() if name not in self._plan.made]
        return [one for one in reversed(removed) if not one.is_kept()] + self.leftover

    def _settle(self, name: str, definition: dict[str, Any]) -> Resource:
        old = self._before.get(name)
        verb = "UPDATE" if old else "CREATE"
        try:
            resource = self._bring(old, name, definition)
        except FAILURES as error:
            raise self._failed((name, old.made.id if old else "", definition["Type"]), f"{verb}_FAILED", error) from error
        if old is None or old.properties != resource.properties:
            self._stack.note(self._gateway.clock.now(), resource.what, f"{verb}_COMPLETE")
        return resource

    def _bring(self, old: Resource | None, name: str, definition: dict[str, Any]) -> Resource:
        """The resource as its definition says: as it was, changed, or another."""
        found = kind(definition["Type"])
        properties = resolve(definition.get("Properties") or {}, self._plan.scope())
        if old is None or old.type != definition["Type"]:
            return self._create(old, name, definition, properties)
        changed = {key for key in {*properties, *old.properties} if properties.get(key) != old.properties.get(key)}
        if not changed:
            return Resource(name, old.type, properties, old.made, old.generation, definition, old.since)
        if isinstance(found, Fixed) or changed & found.replacing:
            return self._create(old, name, definition, properties)
        return self._change(found, old, definition, properties)

    def _change(self, found: Kind, old: Resource, definition: dict[str, Any], properties: Properties) -> Resource:
        site = site_of(self._gateway, self._stack, old)
        self._undo.append(lambda: self._put_back(old, properties))
        made = found.update(site, old.made, old.properties, properties)
        return Resource(old.logical_id, old.type, properties, made, old.generation, definition, self._gateway.clock.now())

    def _create(self, old: Resource | None, name: str, definition: dict[str, Any], properties: Properties) -> Resource:
        generation = old.generation + 1 if old else 0
        site = Site(self._gateway, self._stack.region, self._stack.name, name, generation)
        made = kind(definition["Type"]).create(site, properties)
        resource = Resource(name, definition["Type"], properties, made, generation, definition, self._gateway.clock.now())
        self._undo.append(partial(self._unmake, resource))
        if old is not None and not old.is_kept("UpdateReplacePolicy"):
            self.leftover.append(old)
        return resource

    def _unmake(self, resource: Resource) -> None:
        if resource.is_kept_on_rollback():
            self._stack.note(self._gateway.clock.now(), resource.what, "DELETE_SKIPPED")
        else:
            delete(self._gateway, self._stack, resource)

    def _put_back(self, old: Resource, properties: Properties) -> None:
        try:
            kind(old.type).update(site_of(self._gateway, self._stack, old), old.made, properties, old.properties)
        except FAILURES as error:
            self._stack.note(self._gateway.clock.now(), old.what, "UPDATE_FAILED", str(error))
            return
        self._stack.note(self._gateway.clock.now(), old.what, "UPDATE_COMPLETE")

    def _failed(self, what: tuple[str, str, str], status: str, error: Exception) -> FailedError:
        reason = f"the property {error} is missing" if isinstance(error, KeyError) else str(error)
        self._stack.note(self._gateway.clock.now(), what, status, reason)
        return FailedError(reason)


def site_of(gateway: Gateway, stack: Stack, resource: Resource) -> Site:
    """Where a resource was made."""
    return Site(gateway, stack.region, stack.name, resource.logical_id, resource.generation)


def delete(gateway: Gateway, stack: Stack, resource: Resource) -> bool:
    """Delete one resource and write down how that went; whether it went."""
    try:
        kind(resource.type).delete(site_of(gateway, stack, resource), resource.made, resource.properties)
    except FAILURES as error:
        stack.note(gateway.clock.now(), resource.what, "DELETE_FAILED", str(error))
        return False
    stack.note(gateway.clock.now(), resource.what, "DELETE_COMPLETE")
    return True


def outputs(plan: Plan) -> list[dict[str, Any]]:
    """The stack's outputs, as DescribeStacks shows them."""
    scope, found = plan.scope(), []
    for name, output in (plan.template.get("Outputs") or {}).items():
        if "Condition" in output and not scope.holds(output["Condition"]):
            continue
        resolved = resolve(output, scope)
        made = {"OutputKey": name, "OutputValue": str(resolved["Value"])}
        made |= {"Description": resolved["Description"]} if "Description" in resolved else {}
        found.append(made | ({"ExportName": resolved["Export"]["Name"]} if "Export" in resolved else {}))
    return found
