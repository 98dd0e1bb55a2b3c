"""What a rule's target receives: the event, a part of it, a constant, or the text an input transformer makes. Pure."""

import json
import re
from typing import Any

_PLACE = re.compile(r'(")?<([A-Za-z0-9_.\-]+)>(")?')


def payload(target: dict[str, Any], event: dict[str, Any], rule_arn: str) -> str:
    """The text for `target` (as PutTargets has it): Input, InputPath or InputTransformer applied to `event`, else the event's JSON."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(select(event, target["InputPath"]))
    if target.get("InputTransformer"):
        return _transform(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def select(event: Any, path: str) -> Any:
    """The part of `event` at a JSON path of names and indexes ($.detail.items[0].id); None where there is nothing."""
    found = event
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path.removeprefix("$")):
        if name:
            found = found.get(name) if isinstance(found, dict) else None
        else:
            found = found[int(index)] if isinstance(found, list) and int(index) < len(found) else None
    return found


def _transform(transformer: dict[str, Any], event: dict[str, Any], rule_arn: str) -> str:
    values = {name: select(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values["aws.events.rule-arn"] = rule_arn
    values["aws.events.rule-name"] = rule_arn.rsplit("/", 1)[-1]
    values["aws.events.event.ingestion-time"] = event["time"]
    values["aws.events.event"] = {key: value for key, value in event.items() if key != "detail"}
    values["aws.events.event.json"] = event

    def fill(place: re.Match[str]) -> str:
        value = values.get(place[2])
        quotes = (place[1] or "", place[3] or "")
        if isinstance(value, str):
            return quotes[0] + (json.dumps(value)[1:-1] if any(quotes) else value) + quotes[1] if any(quotes) else json.dumps(value)
        return quotes[0] + ("" if value is None else json.dumps(value)) + quotes[1]

    template: str = transformer["InputTemplate"]
    if template.lstrip().startswith(("{", "[")):
        return _PLACE.sub(fill, template)
    return _PLACE.sub(lambda place: _plain(place, values.get(place[2])), template)


def _plain(place: re.Match[str], value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return (place[1] or "") + text + (place[3] or "")
