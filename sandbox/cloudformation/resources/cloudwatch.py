"""AWS::CloudWatch::Alarm and AWS::CloudWatch::Dashboard."""

from typing import ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site


class Alarm(Kind):
    """AWS::CloudWatch::Alarm."""

    replacing: ClassVar = frozenset({"AlarmName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutMetricAlarm."""
        return self._put(site, properties.get("AlarmName") or site.name(255), properties)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutMetricAlarm over it."""
        return self._put(site, made.id, new)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteAlarms."""
        site.remove("cloudwatch", "DeleteAlarms", AlarmNames=[made.id])

    def _put(self, site: Site, name: str, properties: Properties) -> Made:
        settings = {key: value for key, value in properties.items() if key != "AlarmName"}
        site.call("cloudwatch", "PutMetricAlarm", AlarmName=name, **settings)
        return Made(name, {"Arn": site.arn("cloudwatch", f"alarm:{name}")})


class Dashboard(Kind):
    """AWS::CloudWatch::Dashboard."""

    replacing: ClassVar = frozenset({"DashboardName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutDashboard."""
        return self._put(site, properties.get("DashboardName") or site.name(255), properties)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutDashboard over it."""
        return self._put(site, made.id, new)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteDashboards."""
        site.remove("cloudwatch", "DeleteDashboards", DashboardNames=[made.id])

    def _put(self, site: Site, name: str, properties: Properties) -> Made:
        site.call("cloudwatch", "PutDashboard", DashboardName=name, DashboardBody=properties["DashboardBody"])
        return Made(name)
