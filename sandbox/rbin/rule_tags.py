"""TagResource, UntagResource and ListTagsForResource: the tags of the rules themselves, locked or not."""

from typing import Any

from sandbox.gateway import Request
from sandbox.rbin.errors import not_found
from sandbox.rbin.limits import check_tags
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule


def tag_resource(rbin: Rbin, request: Request) -> dict[str, Any]:
    """TagResource: adds and overwrites."""
    rule = _rule(rbin, request)
    tags = rule.tags | {tag["Key"]: tag["Value"] for tag in request.parameters["Tags"]}
    check_tags(tags)
    rule.tags = tags
    return {}


def untag_resource(rbin: Rbin, request: Request) -> dict[str, Any]:
    """UntagResource: keys that are not there are no error."""
    rule, keys = _rule(rbin, request), set(request.parameters["TagKeys"])
    rule.tags = {key: value for key, value in rule.tags.items() if key not in keys}
    return {}


def list_tags_for_resource(rbin: Rbin, request: Request) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _rule(rbin, request).tags.items()]}


def _rule(rbin: Rbin, request: Request) -> Rule:
    """The rule whose ARN the request names, or ResourceNotFoundException; one of another region's or account's is not found here."""
    arn = request.parameters["ResourceArn"]
    rule = rbin.rules[request.region].get(arn.rpartition("/")[2])
    if rule is None or rule.arn != arn:
        raise not_found(arn)
    return rule
