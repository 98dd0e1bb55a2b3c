"""AWS::SSM::Parameter and AWS::CDK::Metadata."""

from typing import ClassVar

from sandbox.cloudformation.kinds import Fixed, Kind, Made, Properties, Site, chosen


class Parameter(Kind):
    """AWS::SSM::Parameter."""

    replacing: ClassVar = frozenset({"Name"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutParameter of a new one."""
        return self._put(site, properties.get("Name") or site.name(), properties, overwrite=False)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutParameter over it."""
        return self._put(site, made.id, new, overwrite=True)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteParameter."""
        site.remove("ssm", "DeleteParameter", Name=made.id)

    def _put(self, site: Site, name: str, properties: Properties, *, overwrite: bool) -> Made:
        site.call("ssm", "PutParameter", Name=name, Overwrite=overwrite, **chosen(properties, "Type", "Value", "Description", "Tier"))
        return Made(name, chosen(properties, "Type", "Value"))


class CdkMetadata(Fixed):
    """AWS::CDK::Metadata: nothing in the account."""

    def create(self, site: Site, properties: Properties) -> Made:
        """Only a name."""
        return Made(site.name())

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """Nothing to delete."""
