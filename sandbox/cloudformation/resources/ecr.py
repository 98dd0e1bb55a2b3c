"""AWS::ECR::Repository, which the CDK's bootstrap stack has; Nightkeep has no container images."""

import json
from typing import ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, chosen


class Repository(Kind):
    """AWS::ECR::Repository."""

    replacing: ClassVar = frozenset({"RepositoryName", "EncryptionConfiguration"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateRepository, its lifecycle and its policy."""
        name = properties.get("RepositoryName") or site.name(256).lower()
        found = site.call("ecr", "CreateRepository", repositoryName=name, tags=properties.get("Tags"))["repository"]
        made = Made(name, {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]})
        return self.update(site, made, {}, properties)

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """What can be set of a repository that exists."""
        if new.get("ImageTagMutability"):
            site.call("ecr", "PutImageTagMutability", repositoryName=made.id, imageTagMutability=new["ImageTagMutability"])
        for text in chosen(new.get("LifecyclePolicy") or {}, "LifecyclePolicyText").values():
            site.call("ecr", "PutLifecyclePolicy", repositoryName=made.id, lifecyclePolicyText=text)
        if new.get("RepositoryPolicyText"):
            site.call("ecr", "SetRepositoryPolicy", repositoryName=made.id, policyText=json.dumps(new["RepositoryPolicyText"]))
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteRepository; one with images in it only with EmptyOnDelete."""
        site.remove("ecr", "DeleteRepository", repositoryName=made.id, force=bool(properties.get("EmptyOnDelete")))
