"""AWS::S3::Bucket and AWS::S3::BucketPolicy."""

import json
from typing import Any, ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site


class Bucket(Kind):
    """AWS::S3::Bucket: its encryption, public access block, ownership, versioning, lifecycle and tags."""

    replacing: ClassVar = frozenset({"BucketName", "BucketNamePrefix", "BucketNamespace", "ObjectLockEnabled"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateBucket and its settings."""
        name = _name(site, properties)
        place = None if site.region == "us-east-1" else {"LocationConstraint": site.region}
        namespace = properties.get("BucketNamespace")
        site.call("s3", "CreateBucket", Bucket=name, CreateBucketConfiguration=place, BucketNamespace=namespace)
        self._set(site, name, properties)
        attributes = {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{site.region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{site.region}.amazonaws.com",
        }
        return Made(name, attributes)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """Its settings, those that are gone being deleted."""
        if old.get("LifecycleConfiguration") and not new.get("LifecycleConfiguration"):
            site.call("s3", "DeleteBucketLifecycle", Bucket=made.id)
        if old.get("PublicAccessBlockConfiguration") and not new.get("PublicAccessBlockConfiguration"):
            site.call("s3", "DeletePublicAccessBlock", Bucket=made.id)
        self._set(site, made.id, new)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteBucket, which fails while something is in it."""
        site.remove("s3", "DeleteBucket", Bucket=made.id)

    def _set(self, site: Site, name: str, properties: Properties) -> None:
        if encryption := properties.get("BucketEncryption"):
            site.call(
                "s3",
                "PutBucketEncryption",
                Bucket=name,
                ServerSideEncryptionConfiguration={
                    "Rules": [_encryption(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
                },
            )
        if block := properties.get("PublicAccessBlockConfiguration"):
            site.call("s3", "PutPublicAccessBlock", Bucket=name, PublicAccessBlockConfiguration=block)
        if ownership := properties.get("OwnershipControls"):
            site.call("s3", "PutBucketOwnershipControls", Bucket=name, OwnershipControls=ownership)
        if versioning := properties.get("VersioningConfiguration"):
            site.call("s3", "PutBucketVersioning", Bucket=name, VersioningConfiguration=versioning)
        if lifecycle := properties.get("LifecycleConfiguration"):
            site.call(
                "s3",
                "PutBucketLifecycleConfiguration",
                Bucket=name,
                LifecycleConfiguration={"Rules": [_lifecycle(rule) for rule in lifecycle["Rules"]]},
            )
        if tags := properties.get("Tags"):
            site.call("s3", "PutBucketTagging", Bucket=name, Tagging={"TagSet": tags})


class BucketPolicy(Kind):
    """AWS::S3::BucketPolicy."""

    replacing: ClassVar = frozenset({"Bucket"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutBucketPolicy."""
        site.call("s3", "PutBucketPolicy", Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
        return Made(properties["Bucket"])

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutBucketPolicy over it."""
        return Made(made.id, self.create(site, new).attributes)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteBucketPolicy."""
        site.remove("s3", "DeleteBucketPolicy", Bucket=made.id)


def _name(site: Site, properties: Properties) -> str:
    if properties.get("BucketNamePrefix"):
        return f"{properties['BucketNamePrefix']}-{site.account}-{site.region}-an"
    return str(properties.get("BucketName") or site.name(63).lower())


def _encryption(rule: Properties) -> dict[str, Any]:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {renamed.get(key, key): value for key, value in rule.items()}


def _lifecycle(rule: Properties) -> dict[str, Any]:
    """A rule as the API spells it."""
    made: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiration = {"Days": rule.get("ExpirationInDays"), "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker")}
    if any(value is not None for value in expiration.values()):
        made["Expiration"] = {key: value for key, value in expiration.items() if value is not None}
    if "Transitions" in rule:
        made["Transitions"] = [{"StorageClass": one["StorageClass"], "Days": one["TransitionInDays"]} for one in rule["Transitions"]]
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in rule:
            made[name] = dict(rule[name])
    return made
