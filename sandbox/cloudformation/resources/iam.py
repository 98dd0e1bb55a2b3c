"""AWS::IAM::Role, AWS::IAM::Policy and AWS::IAM::ManagedPolicy."""

import json
from typing import ClassVar

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, chosen


class Role(Kind):
    """AWS::IAM::Role."""

    replacing: ClassVar = frozenset({"RoleName", "Path"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateRole, with its inline and attached policies."""
        name = properties.get("RoleName") or site.name()
        settings = chosen(properties, "Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        trust = json.dumps(properties["AssumeRolePolicyDocument"])
        role = site.call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, **settings)["Role"]
        self._policies(site, name, {}, properties)
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """UpdateAssumeRolePolicy, UpdateRole and the policies."""
        site.call("iam", "UpdateAssumeRolePolicy", RoleName=made.id, PolicyDocument=json.dumps(new["AssumeRolePolicyDocument"]))
        site.call(
            "iam",
            "UpdateRole",
            RoleName=made.id,
            Description=new.get("Description", ""),
            MaxSessionDuration=new.get("MaxSessionDuration", 3600),
        )
        self._policies(site, made.id, old, new)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteRole, after its own policies."""
        self._policies(site, made.id, properties, {})
        site.remove("iam", "DeleteRole", RoleName=made.id)

    def _policies(self, site: Site, name: str, old: Properties, new: Properties) -> None:
        for arn in [arn for arn in old.get("ManagedPolicyArns") or [] if arn not in (new.get("ManagedPolicyArns") or [])]:
            site.remove("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
        for arn in new.get("ManagedPolicyArns") or []:
            site.call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        kept = {policy["PolicyName"] for policy in new.get("Policies") or []}
        for policy in old.get("Policies") or []:
            if policy["PolicyName"] not in kept:
                site.remove("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy["PolicyName"])
        for policy in new.get("Policies") or []:
            site.call(
                "iam", "PutRolePolicy", RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=json.dumps(policy["PolicyDocument"])
            )


class InlinePolicy(Kind):
    """AWS::IAM::Policy, of roles only."""

    replacing: ClassVar = frozenset({"PolicyName"})

    def create(self, site: Site, properties: Properties) -> Made:
        """PutRolePolicy of each role."""
        if properties.get("Users") or properties.get("Groups"):
            raise TemplateError("the sandbox's AWS::IAM::Policy is for roles only")
        self._put(site, properties)
        return Made(site.name(), {"Id": site.name()})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """PutRolePolicy of each role, DeleteRolePolicy of those it has no more."""
        self._put(site, new)
        self._drop(site, old, [role for role in old.get("Roles") or [] if role not in (new.get("Roles") or [])])
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteRolePolicy of each role."""
        self._drop(site, properties, properties.get("Roles") or [])

    def _put(self, site: Site, properties: Properties) -> None:
        document = json.dumps(properties["PolicyDocument"])
        for role in properties.get("Roles") or []:
            site.call("iam", "PutRolePolicy", RoleName=role, PolicyName=properties["PolicyName"], PolicyDocument=document)

    def _drop(self, site: Site, properties: Properties, roles: list[str]) -> None:
        for role in roles:
            site.remove("iam", "DeleteRolePolicy", RoleName=role, PolicyName=properties["PolicyName"])


class ManagedPolicy(Kind):
    """AWS::IAM::ManagedPolicy, of roles only."""

    replacing: ClassVar = frozenset({"ManagedPolicyName", "Path", "Description"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreatePolicy and AttachRolePolicy."""
        name = properties.get("ManagedPolicyName") or site.name(128)
        document = json.dumps(properties["PolicyDocument"])
        policy = site.call("iam", "CreatePolicy", PolicyName=name, PolicyDocument=document, **chosen(properties, "Path", "Description"))[
            "Policy"
        ]
        self._attach(site, policy["Arn"], properties.get("Roles") or [])
        return Made(policy["Arn"], {"PolicyArn": policy["Arn"], "PolicyId": policy["PolicyId"]})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """CreatePolicyVersion, the versions before it being deleted, and the roles."""
        for version in site.call("iam", "ListPolicyVersions", PolicyArn=made.id)["Versions"]:
            if not version["IsDefaultVersion"]:
                site.remove("iam", "DeletePolicyVersion", PolicyArn=made.id, VersionId=version["VersionId"])
        site.call("iam", "CreatePolicyVersion", PolicyArn=made.id, PolicyDocument=json.dumps(new["PolicyDocument"]), SetAsDefault=True)
        self._detach(site, made.id, [role for role in old.get("Roles") or [] if role not in (new.get("Roles") or [])])
        self._attach(site, made.id, new.get("Roles") or [])
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeletePolicy, after its attachments."""
        self._detach(site, made.id, properties.get("Roles") or [])
        site.remove("iam", "DeletePolicy", PolicyArn=made.id)

    def _attach(self, site: Site, arn: str, roles: list[str]) -> None:
        for role in roles:
            site.call("iam", "AttachRolePolicy", RoleName=role, PolicyArn=arn)

    def _detach(self, site: Site, arn: str, roles: list[str]) -> None:
        for role in roles:
            site.remove("iam", "DetachRolePolicy", RoleName=role, PolicyArn=arn)
