"""A template for one stack: what it defines, in which order, and what its functions refer to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.intrinsics import ABSENT, Scope, references
from sandbox.cloudformation.stack import Resource, Stack

SSM_TYPE = "AWS::SSM::Parameter::Value<"


def parsed(text: str) -> dict[str, Any]:
    """The template in `text`, JSON or YAML without short tags. Raises TemplateError."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise TemplateError(f"Template format error: {error}") from error
    if not isinstance(found, dict) or not found.get("Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    return found


def in_order(definitions: Mapping[str, Any]) -> list[str]:
    """The logical ids of `definitions`, each after what it depends on. Raises TemplateError for a circle or an unknown dependency."""
    done: dict[str, bool] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise TemplateError(f"Circular dependency between resources: {', '.join(path)}")
        if name in done:
            return
        for needed in _needs(definitions[name]):
            if needed in definitions:
                visit(needed, (*path, name))
            elif needed in _depends_on(definitions[name]):
                raise TemplateError(f"Unresolved resource dependencies [{needed}] in the Resources block of the template")
        done[name] = True

    for name in definitions:
        visit(name, ())
    return list(done)


def _needs(definition: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*_depends_on(definition), *references(definition.get("Properties"))]))


def _depends_on(definition: Mapping[str, Any]) -> list[str]:
    depends = definition.get("DependsOn") or []
    return [depends] if isinstance(depends, str) else list(depends)


@dataclass
class Plan:
    """A template about to be applied to a stack: `made` grows with each resource, and answers Ref and Fn::GetAtt."""

    template: dict[str, Any]
    stack: Stack
    parameters: Mapping[str, str]
    account: str
    export: Callable[[str], Any]
    ssm: Callable[[str], str]
    made: dict[str, Resource] = field(default_factory=dict)

    def scope(self) -> Scope:
        """What the template's functions see now."""
        return Scope(
            self._ref, self._attribute, self.export, self.ssm, self.template.get("Conditions") or {}, self.template.get("Mappings") or {}
        )

    def definitions(self) -> dict[str, Any]:
        """The resources whose conditions hold, in the order they must be made."""
        scope = self.scope()
        present = {name: one for name, one in self.template["Resources"].items() if "Condition" not in one or scope.holds(one["Condition"])}
        return {name: present[name] for name in in_order(present)}

    def _ref(self, name: str) -> Any:
        if name in self.made:
            return self.made[name].made.id
        if name in (self.template.get("Parameters") or {}):
            return self._parameter(name)
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": [],
            "AWS::NoValue": ABSENT,
            "AWS::Partition": "aws",
            "AWS::Region": self.stack.region,
            "AWS::StackId": self.stack.id,
            "AWS::StackName": self.stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name not in pseudo:
            raise TemplateError(f"Unresolved resource dependencies [{name}]")
        return pseudo[name]

    def _attribute(self, name: str, attribute: str) -> Any:
        if name not in self.made:
            raise TemplateError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
        resource = self.made[name]
        if attribute not in resource.made.attributes:
            raise TemplateError(
                f"Template error: resource {name} ({resource.type}) does not support attribute type {attribute} in Fn::GetAtt"
            )
        return resource.made.attributes[attribute]

    def _parameter(self, name: str) -> Any:
        definition = self.template["Parameters"][name]
        value = self.parameters.get(name, definition.get("Default"))
        if value is None:
            raise TemplateError(f"Parameters: [{name}] must have values")
        if definition["Type"].startswith(SSM_TYPE):
            return self.ssm(value)
        if definition["Type"] == "CommaDelimitedList" or definition["Type"].startswith("List<"):
            return [item.strip() for item in str(value).split(",")]
        return str(value)
