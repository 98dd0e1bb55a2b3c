"""Calls that a service makes on with its caller's own permissions: what the caller must be allowed beside the call itself."""

from sandbox.gateway import Request
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Question, context

FORWARDED = {
    ("ec2", "DescribeImageReferences"): (
        "ec2-images.amazonaws.com",
        (
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeLaunchTemplateVersions",
            "ssm:DescribeParameters",
            "ssm:GetParameters",
            "imagebuilder:ListImageRecipes",
            "imagebuilder:ListContainerRecipes",
            "imagebuilder:GetContainerRecipe",
        ),
    ),
}
"""By service and operation: who calls on, and with which actions. Unverified: that all are needed, whichever resource types are asked for."""


def forwarded(request: Request, shared: Context) -> list[Question]:
    """What must be allowed beside this call, with the condition keys that say by which service it comes."""
    via, actions = FORWARDED.get((request.service, request.operation), ("", ()))
    if not actions:
        return []
    called = context({"aws:CalledVia": (via,), "aws:CalledViaFirst": via, "aws:CalledViaLast": via, "aws:ViaAWSService": True})
    return [Question(action, "*", {**shared, **called}) for action in actions]
