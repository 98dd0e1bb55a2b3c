"""CloudFormation's intrinsic functions. Pure, but for what a Scope looks up."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloudformation.errors import TemplateError

ABSENT = object()
"""What AWS::NoValue resolves to: the property is left out."""
_SUBSTITUTE = re.compile(r"\$\{([^!}][^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:ssm:([^:}]+)(?::\d+)?\}\}")


@dataclass
class Scope:
    """What a template's functions can refer to: values by name, attributes, conditions, mappings, exports, SSM parameters."""

    ref: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    exported: Callable[[str], Any]
    parameter: Callable[[str], str]
    conditions: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)

    def holds(self, name: str) -> bool:
        """Whether the template's condition `name` holds."""
        if name not in self.conditions:
            raise TemplateError(f"there is no condition {name}")
        return bool(resolve(self.conditions[name], self))


def resolve(value: Any, scope: Scope) -> Any:
    """`value` with all functions in it worked out. Raises TemplateError for what the scope does not have."""
    if isinstance(value, str):
        return _DYNAMIC.sub(lambda found: scope.parameter(found[1]), value)
    if isinstance(value, list):
        return [item for item in (resolve(item, scope) for item in value) if item is not ABSENT]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Fn::If":
            return resolve(argument[1] if scope.holds(argument[0]) else argument[2], scope)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](argument, scope)
        if name.startswith("Fn::"):
            raise TemplateError(f"the sandbox does not know the function {name}")
    resolved = ((key, resolve(item, scope)) for key, item in value.items())
    return {key: item for key, item in resolved if item is not ABSENT}


def references(value: Any) -> Iterator[str]:
    """The names that `value` refers to, by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt":
                yield _pair(item)[0]
            elif key == "Fn::Sub":
                text, names = (item, {}) if isinstance(item, str) else item
                yield from (found.partition(".")[0] for found in _SUBSTITUTE.findall(text) if found not in names)
                yield from references(names)
            else:
                yield from references(item)


def _ref(name: Any, scope: Scope) -> Any:
    return ABSENT if name == "AWS::NoValue" else scope.ref(name)


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = _pair(argument)
    return scope.attribute(name, resolve(attribute, scope))


def _pair(argument: Any) -> tuple[str, Any]:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
        return name, attribute
    return argument[0], argument[1]


def _join(argument: Any, scope: Scope) -> str:
    separator, items = argument
    return str(separator).join(str(item) for item in resolve(items, scope))


def _split(argument: Any, scope: Scope) -> list[str]:
    return str(resolve(argument[1], scope)).split(argument[0])


def _select(argument: Any, scope: Scope) -> Any:
    return resolve(argument[1], scope)[int(resolve(argument[0], scope))]


def _sub(argument: Any, scope: Scope) -> str:
    text, given = (argument, {}) if isinstance(argument, str) else argument
    names = resolve(given, scope)

    def value(place: re.Match[str]) -> str:
        name = place[1].strip()
        if name in names:
            return str(names[name])
        return str(scope.attribute(*_pair(name)) if "." in name else scope.ref(name))

    return _SUBSTITUTE.sub(value, text).replace("${!", "${")


def _find_in_map(argument: Any, scope: Scope) -> Any:
    mapping, first, second = (resolve(part, scope) for part in argument[:3])
    try:
        return scope.mappings[mapping][first][second]
    except KeyError as error:
        raise TemplateError(f"the mapping {mapping} has no {first}.{second}") from error


def _zones(argument: Any, scope: Scope) -> list[str]:
    return [f"{resolve(argument, scope) or scope.ref('AWS::Region')}{letter}" for letter in "abc"]


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Condition": lambda argument, scope: scope.holds(argument),
    "Fn::GetAtt": _get_att,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Sub": _sub,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::Base64": lambda argument, scope: base64.b64encode(str(resolve(argument, scope)).encode()).decode(),
    "Fn::ImportValue": lambda argument, scope: scope.exported(resolve(argument, scope)),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope)),
    "Fn::Equals": lambda argument, scope: resolve(argument[0], scope) == resolve(argument[1], scope),
    "Fn::Not": lambda argument, scope: not resolve(argument[0], scope),
    "Fn::And": lambda argument, scope: all(resolve(item, scope) for item in argument),
    "Fn::Or": lambda argument, scope: any(resolve(item, scope) for item in argument),
}
