"""Stacks as CloudFormation's API shows them. Pure."""

from typing import Any

from sandbox.cloudformation.stack import Resource, Stack


def stack_view(stack: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks has it."""
    view = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "Description": stack.template.get("Description"),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "Outputs": stack.outputs,
        "RoleARN": stack.role_arn,
        "EnableTerminationProtection": stack.is_protected,
        "DisableRollback": False,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "NotificationARNs": [],
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    return {key: value for key, value in view.items() if value is not None}


def summary(stack: Stack) -> dict[str, Any]:
    """A stack as ListStacks has it."""
    kept = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "StackStatus", "StackStatusReason", "DriftInformation")
    return {key: value for key, value in stack_view(stack).items() if key in kept}


def resource_view(stack: Stack, resource: Resource) -> dict[str, Any]:
    """A resource as DescribeStackResources has it."""
    status = "UPDATE_COMPLETE" if stack.created < resource.since else "CREATE_COMPLETE"
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.made.id,
        "ResourceType": resource.type,
        "ResourceStatus": status,
        "Timestamp": resource.since,
    }


def resource_detail(stack: Stack, resource: Resource) -> dict[str, Any]:
    """A resource as DescribeStackResource has it."""
    return {("LastUpdatedTimestamp" if name == "Timestamp" else name): value for name, value in resource_view(stack, resource).items()}


def resource_summary(stack: Stack, resource: Resource) -> dict[str, Any]:
    """A resource as ListStackResources has it."""
    return {name: value for name, value in resource_detail(stack, resource).items() if name not in {"StackName", "StackId"}}


def event_views(stack: Stack) -> list[dict[str, Any]]:
    """What happened to a stack as DescribeStackEvents has it, the latest first."""
    return [
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "EventId": event.id,
            "Timestamp": event.time,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "ResourceStatus": event.status,
            **({"ResourceStatusReason": event.reason} if event.reason else {}),
        }
        for event in reversed(stack.events)
    ]
