"""AWS::Rbin::Rule."""

from typing import Any, ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, chosen


class RetentionRule(Kind):
    """AWS::Rbin::Rule; Ref gives its ARN. While it is locked it can be neither changed nor deleted."""

    replacing: ClassVar = frozenset({"ResourceType"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateRule, with its lock and tags."""
        settings = chosen(properties, "ResourceType", "Tags")
        rule = site.call("rbin", "CreateRule", LockConfiguration=_lock(properties), **_changeable(properties), **settings)
        return _made(rule)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateRule, TagResource and UntagResource, LockRule or UnlockRule: of these, what the change needs."""
        identifier = made.attributes["Identifier"]
        if _changeable(new) != _changeable(old):
            cleared: dict[str, Any] = {name: [] for name in ("ResourceTags", "ExcludeResourceTags") if name in old}
            blank = {"Description": ""} if "Description" in old else {}
            site.call("rbin", "UpdateRule", Identifier=identifier, **(cleared | blank | _changeable(new)))
        self._tag(site, made, old, new)
        if _lock(new) and _lock(new) != _lock(old):
            site.call("rbin", "LockRule", Identifier=identifier, LockConfiguration=_lock(new))
        elif _lock(old) and not _lock(new):
            site.call("rbin", "UnlockRule", Identifier=identifier)
        return _made(site.call("rbin", "GetRule", Identifier=identifier))

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteRule."""
        site.remove("rbin", "DeleteRule", Identifier=made.attributes["Identifier"])

    def _tag(self, site: Site, made: Made, old: Properties, new: Properties) -> None:
        tags = new.get("Tags") or []
        gone = [tag["Key"] for tag in old.get("Tags") or [] if tag["Key"] not in {each["Key"] for each in tags}]
        if gone:
            site.call("rbin", "UntagResource", ResourceArn=made.id, TagKeys=gone)
        if tags and tags != old.get("Tags"):
            site.call("rbin", "TagResource", ResourceArn=made.id, Tags=tags)


def _made(rule: dict[str, Any]) -> Made:
    return Made(rule["RuleArn"], {"Arn": rule["RuleArn"], "Identifier": rule["Identifier"], "LockState": rule.get("LockState", "")})


def _changeable(properties: Properties) -> dict[str, Any]:
    """What UpdateRule can change."""
    period = properties["RetentionPeriod"]
    retention = {"RetentionPeriodValue": int(period["RetentionPeriodValue"]), "RetentionPeriodUnit": period["RetentionPeriodUnit"]}
    return {"RetentionPeriod": retention, **chosen(properties, "Description", "ResourceTags", "ExcludeResourceTags")}


def _lock(properties: Properties) -> dict[str, Any] | None:
    """The lock as the API spells it; a template has it flat."""
    given = properties.get("LockConfiguration")
    if not given:
        return None
    return {"UnlockDelay": {"UnlockDelayValue": int(given["UnlockDelayValue"]), "UnlockDelayUnit": given["UnlockDelayUnit"]}}
