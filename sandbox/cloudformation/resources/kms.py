"""AWS::KMS::Key and AWS::KMS::Alias."""

import json
from typing import ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, chosen


class Key(Kind):
    """AWS::KMS::Key."""

    replacing: ClassVar = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateKey, its rotation and state."""
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags") or []]
        settings = chosen(properties, "Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin")
        key = site.call("kms", "CreateKey", Policy=_policy(properties), Tags=tags or None, **settings)["KeyMetadata"]
        made = Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})
        self._state(site, made, {}, properties)
        return made

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutKeyPolicy, UpdateKeyDescription, its rotation and state."""
        if _policy(new):
            site.call("kms", "PutKeyPolicy", KeyId=made.id, PolicyName="default", Policy=_policy(new))
        site.call("kms", "UpdateKeyDescription", KeyId=made.id, Description=new.get("Description", ""))
        self._state(site, made, old, new)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """ScheduleKeyDeletion."""
        site.remove("kms", "ScheduleKeyDeletion", KeyId=made.id, PendingWindowInDays=properties.get("PendingWindowInDays", 30))

    def _state(self, site: Site, made: Made, old: Properties, new: Properties) -> None:
        if new.get("EnableKeyRotation"):
            site.call("kms", "EnableKeyRotation", KeyId=made.id, RotationPeriodInDays=new.get("RotationPeriodInDays"))
        elif old.get("EnableKeyRotation"):
            site.call("kms", "DisableKeyRotation", KeyId=made.id)
        if new.get("Enabled", True) != old.get("Enabled", True):
            site.call("kms", "EnableKey" if new.get("Enabled", True) else "DisableKey", KeyId=made.id)


class Alias(Kind):
    """AWS::KMS::Alias."""

    replacing: ClassVar = frozenset({"AliasName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateAlias."""
        site.call("kms", "CreateAlias", AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
        return Made(properties["AliasName"])

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateAlias."""
        site.call("kms", "UpdateAlias", AliasName=made.id, TargetKeyId=new["TargetKeyId"])
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteAlias."""
        site.remove("kms", "DeleteAlias", AliasName=made.id)


def _policy(properties: Properties) -> str | None:
    return json.dumps(properties["KeyPolicy"]) if properties.get("KeyPolicy") else None
