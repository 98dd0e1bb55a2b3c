"""AWS::Lambda::* types."""

import io
import zipfile
from typing import Any, ClassVar

from sandbox.cloudformation.kinds import Fixed, Kind, Made, Properties, Site, chosen, tag_map

CONFIGURATION: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Handler": None,
    "Layers": [],
    "MemorySize": 128,
    "Role": None,
    "Runtime": None,
    "Timeout": 3,
}
KEPT_BY_CREATE = ("Architectures", "DeadLetterConfig", "EphemeralStorage", "LoggingConfig", "PackageType", "TracingConfig")


class Function(Kind):
    """AWS::Lambda::Function."""

    replacing: ClassVar = frozenset({"FunctionName", "PackageType"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateFunction."""
        name = properties.get("FunctionName") or site.name()
        settings = chosen(properties, *CONFIGURATION, *KEPT_BY_CREATE)
        answer = site.call(
            "lambda", "CreateFunction", FunctionName=name, Code=_code(properties["Code"]), Tags=tag_map(properties), **settings
        )
        self._limit(site, name, properties)
        return Made(name, {"Arn": answer["FunctionArn"]})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateFunctionCode and UpdateFunctionConfiguration, as far as either changed."""
        if old["Code"] != new["Code"]:
            site.call("lambda", "UpdateFunctionCode", FunctionName=made.id, **_code(new["Code"]))
        changed = {name: new.get(name, default) for name, default in CONFIGURATION.items() if new.get(name) != old.get(name)}
        if changed:
            site.call("lambda", "UpdateFunctionConfiguration", FunctionName=made.id, **changed)
        if old.get("ReservedConcurrentExecutions") != new.get("ReservedConcurrentExecutions"):
            self._limit(site, made.id, new)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteFunction."""
        site.remove("lambda", "DeleteFunction", FunctionName=made.id)

    def _limit(self, site: Site, name: str, properties: Properties) -> None:
        reserved = properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            site.call("lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)
        else:
            site.remove("lambda", "DeleteFunctionConcurrency", FunctionName=name)


class LayerVersion(Fixed):
    """AWS::Lambda::LayerVersion."""

    def create(self, site: Site, properties: Properties) -> Made:
        """PublishLayerVersion."""
        settings = chosen(properties, "CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LicenseInfo")
        name = properties.get("LayerName") or site.name()
        arn = site.call("lambda", "PublishLayerVersion", LayerName=name, **settings)["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteLayerVersion."""
        *_, name, version = made.id.split(":")
        site.remove("lambda", "DeleteLayerVersion", LayerName=name, VersionNumber=int(version))


class EventSourceMapping(Kind):
    """AWS::Lambda::EventSourceMapping."""

    replacing: ClassVar = frozenset({"EventSourceArn"})
    _defaults: ClassVar[dict[str, Any]] = {
        "BatchSize": 10,
        "Enabled": True,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
    }

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateEventSourceMapping."""
        made = site.call(
            "lambda", "CreateEventSourceMapping", **chosen(properties, "EventSourceArn", "FunctionName", "FilterCriteria", *self._defaults)
        )
        return Made(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": site.arn("lambda", f"event-source-mapping:{made['UUID']}")})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateEventSourceMapping; what is not set any more gets its default."""
        site.call(
            "lambda",
            "UpdateEventSourceMapping",
            UUID=made.id,
            FunctionName=new["FunctionName"],
            **(self._defaults | chosen(new, "FilterCriteria", *self._defaults)),
        )
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteEventSourceMapping."""
        site.remove("lambda", "DeleteEventSourceMapping", UUID=made.id)


class EventInvokeConfig(Kind):
    """AWS::Lambda::EventInvokeConfig."""

    replacing: ClassVar = frozenset({"FunctionName", "Qualifier"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutFunctionEventInvokeConfig."""
        settings = chosen(properties, "FunctionName", "DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
        site.call("lambda", "PutFunctionEventInvokeConfig", **settings)
        return Made(site.name())

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutFunctionEventInvokeConfig, which sets everything anew."""
        return Made(made.id, self.create(site, new).attributes)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteFunctionEventInvokeConfig."""
        site.remove("lambda", "DeleteFunctionEventInvokeConfig", FunctionName=properties["FunctionName"])


class Permission(Fixed):
    """AWS::Lambda::Permission."""

    def create(self, site: Site, properties: Properties) -> Made:
        """AddPermission."""
        site.call("lambda", "AddPermission", StatementId=site.name(), **properties)
        return Made(site.name(), {"Id": site.name()})

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """RemovePermission."""
        site.remove("lambda", "RemovePermission", FunctionName=properties["FunctionName"], StatementId=made.id)


def _code(code: Properties) -> dict[str, Any]:
    """The Code property as the API takes it: source text in the template becomes a zip of index.py."""
    if "ZipFile" not in code:
        return chosen(code, "S3Bucket", "S3Key", "S3ObjectVersion")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), code["ZipFile"])
    return {"ZipFile": content.getvalue()}
