"""AWS::SQS::Queue and AWS::SQS::QueuePolicy."""

import json
from typing import Any, ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site, tag_map

DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
}
ATTRIBUTES = (*DEFAULTS, "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "RedriveAllowPolicy")


class Queue(Kind):
    """AWS::SQS::Queue."""

    replacing: ClassVar = frozenset({"QueueName", "FifoQueue"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateQueue."""
        name = properties.get("QueueName") or site.name(80)
        url = site.call("sqs", "CreateQueue", QueueName=name, Attributes=_attributes(properties), tags=tag_map(properties))["QueueUrl"]
        return Made(url, {"Arn": site.arn("sqs", name), "QueueName": name, "QueueUrl": url})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """SetQueueAttributes; what is not set any more gets its default."""
        before, after = _attributes(old), _attributes(new)
        dropped = {name: DEFAULTS.get(name, "") for name in before if name not in after}
        site.call("sqs", "SetQueueAttributes", QueueUrl=made.id, Attributes=dropped | after)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteQueue, with what is in it."""
        site.remove("sqs", "DeleteQueue", QueueUrl=made.id)


class QueuePolicy(Kind):
    """AWS::SQS::QueuePolicy."""

    def create(self, site: Site, properties: Properties) -> Made:
        """SetQueueAttributes of each queue."""
        self._set(site, properties["Queues"], json.dumps(properties["PolicyDocument"]))
        return Made(site.name())

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """SetQueueAttributes of each queue, and of those that have no policy any more."""
        self._set(site, [url for url in old["Queues"] if url not in new["Queues"]], "")
        self._set(site, new["Queues"], json.dumps(new["PolicyDocument"]))
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """SetQueueAttributes without a policy."""
        for url in properties["Queues"]:
            site.remove("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})

    def _set(self, site: Site, urls: list[str], policy: str) -> None:
        for url in urls:
            site.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})


def _attributes(properties: Properties) -> dict[str, str]:
    return {name: _text(properties[name]) for name in ATTRIBUTES if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)
