"""The policies on resources: buckets, queues, topics and roles."""

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.iam import roles
from sandbox.iam.policy import Policy, parse

SERVICES = {"iam", "s3", "sns", "sqs"}


def policies(account: str, arn: str) -> list[Policy]:
    """The policy on a bucket (also for an object in it), queue, topic or role, as a list of none or one."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return []
    _, _, service, region, _, resource = parts
    if service not in SERVICES:
        return []
    policy: str | bytes | None = None
    if service == "iam":
        return roles.trust(account, arn)
    if service == "s3":
        bucket = s3_backends[account]["aws"].buckets.get(resource.split("/", 1)[0])
        policy = bucket.policy if bucket else None
    elif service == "sqs" and (queue := sqs_backends[account][region].queues.get(resource)):
        policy = queue.policy
    elif service == "sns" and (topic := sns_backends[account][region].topics.get(arn)):
        policy = topic.policy
    text = policy.decode() if isinstance(policy, bytes) else policy
    return [parse(text)] if text else []
