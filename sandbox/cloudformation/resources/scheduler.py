"""AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.kinds import Fixed, Kind, Made, Properties, Site, chosen
from sandbox.scheduler.expressions import ExpressionError, following


class Schedule(Kind):
    """AWS::Scheduler::Schedule."""

    replacing: ClassVar = frozenset({"Name", "GroupName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateSchedule."""
        name = properties.get("Name") or site.name()
        arn = site.call("scheduler", "CreateSchedule", Name=name, **_settings(properties))["ScheduleArn"]
        return Made(name, {"Arn": arn})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateSchedule, which sets everything anew."""
        site.call("scheduler", "UpdateSchedule", Name=made.id, **({"State": "ENABLED"} | _settings(new)))
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteSchedule."""
        site.remove("scheduler", "DeleteSchedule", Name=made.id, GroupName=properties.get("GroupName"))


class ScheduleGroup(Fixed):
    """AWS::Scheduler::ScheduleGroup."""

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateScheduleGroup."""
        name = properties.get("Name") or site.name()
        arn = site.call("scheduler", "CreateScheduleGroup", Name=name, Tags=properties.get("Tags"))["ScheduleGroupArn"]
        return Made(name, {"Arn": arn, "State": "ACTIVE"})

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteScheduleGroup, with its schedules."""
        site.remove("scheduler", "DeleteScheduleGroup", Name=made.id)


def _settings(properties: Properties) -> dict[str, Any]:
    now = datetime.now(UTC)
    try:
        following(properties["ScheduleExpression"], properties.get("ScheduleExpressionTimezone", "UTC"), now, now)
    except (ExpressionError, KeyError) as error:
        raise TemplateError(f"ScheduleExpression: {error}") from error
    return chosen(
        properties,
        "ActionAfterCompletion",
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    )
