"""AWS::Events::Rule."""

import json
from typing import ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, chosen


class EventRule(Kind):
    """AWS::Events::Rule, with its targets."""

    replacing: ClassVar = frozenset({"Name", "EventBusName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutRule and PutTargets."""
        return self._put(site, properties.get("Name") or site.name(), {}, properties)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutRule, PutTargets and RemoveTargets."""
        return self._put(site, made.id.rsplit("|", 1)[-1], old, new)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteRule, after its targets."""
        name, bus = made.id.rsplit("|", 1)[-1], properties.get("EventBusName")
        ids = [target["Id"] for target in properties.get("Targets") or []]
        if ids:
            site.remove("events", "RemoveTargets", Rule=name, EventBusName=bus, Ids=ids)
        site.remove("events", "DeleteRule", Name=name, EventBusName=bus)

    def _put(self, site: Site, name: str, old: Properties, new: Properties) -> Made:
        bus, pattern = new.get("EventBusName"), new.get("EventPattern")
        settings = chosen(new, "Description", "RoleArn", "ScheduleExpression", "State")
        answer = site.call(
            "events", "PutRule", Name=name, EventBusName=bus, EventPattern=json.dumps(pattern) if pattern is not None else None, **settings
        )
        targets = list(new.get("Targets") or [])
        gone = [target["Id"] for target in old.get("Targets") or [] if target["Id"] not in {one["Id"] for one in targets}]
        if gone:
            site.call("events", "RemoveTargets", Rule=name, EventBusName=bus, Ids=gone)
        if targets:
            site.call("events", "PutTargets", Rule=name, EventBusName=bus, Targets=targets)
        return Made(f"{bus}|{name}" if bus and bus != "default" else name, {"Arn": answer["RuleArn"]})
