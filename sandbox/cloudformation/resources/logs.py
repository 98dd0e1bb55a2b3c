"""AWS::Logs::LogGroup and AWS::Logs::MetricFilter."""

from typing import ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, lowered, tag_map


class LogGroup(Kind):
    """AWS::Logs::LogGroup."""

    replacing: ClassVar = frozenset({"LogGroupName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateLogGroup and PutRetentionPolicy."""
        name = properties.get("LogGroupName") or site.name(512)
        site.call("logs", "CreateLogGroup", logGroupName=name, kmsKeyId=properties.get("KmsKeyId"), tags=tag_map(properties))
        self._retain(site, name, properties)
        return Made(name, {"Arn": site.arn("logs", f"log-group:{name}:*")})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutRetentionPolicy or DeleteRetentionPolicy."""
        if old.get("RetentionInDays") and not new.get("RetentionInDays"):
            site.call("logs", "DeleteRetentionPolicy", logGroupName=made.id)
        self._retain(site, made.id, new)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteLogGroup."""
        site.remove("logs", "DeleteLogGroup", logGroupName=made.id)

    def _retain(self, site: Site, name: str, properties: Properties) -> None:
        if properties.get("RetentionInDays"):
            site.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))


class MetricFilter(Kind):
    """AWS::Logs::MetricFilter."""

    replacing: ClassVar = frozenset({"FilterName", "LogGroupName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutMetricFilter."""
        return self._put(site, properties.get("FilterName") or site.name(), properties)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutMetricFilter over it."""
        return self._put(site, made.id, new)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteMetricFilter."""
        site.remove("logs", "DeleteMetricFilter", filterName=made.id, logGroupName=properties["LogGroupName"])

    def _put(self, site: Site, name: str, properties: Properties) -> Made:
        site.call(
            "logs",
            "PutMetricFilter",
            filterName=name,
            filterPattern=properties["FilterPattern"],
            logGroupName=properties["LogGroupName"],
            metricTransformations=lowered(properties["MetricTransformations"]),
        )
        return Made(name)
