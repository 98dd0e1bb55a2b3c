"""AWS::SNS::Topic, AWS::SNS::Subscription and AWS::SNS::TopicPolicy."""

import json
from typing import Any, ClassVar

from sandbox.cloudformation.kinds import Kind, Made, Properties, Site

TOPIC_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId", "TracingConfig", "SignatureVersion")
SUBSCRIPTION_ATTRIBUTES = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


class Topic(Kind):
    """AWS::SNS::Topic."""

    replacing: ClassVar = frozenset({"TopicName", "FifoTopic"})

    def create(self, site: Site, properties: Properties) -> Made:
        """CreateTopic and Subscribe."""
        name = properties.get("TopicName") or site.name(256)
        arn = site.call("sns", "CreateTopic", Name=name, Attributes=_attributes(properties, TOPIC_ATTRIBUTES), Tags=properties.get("Tags"))[
            "TopicArn"
        ]
        for subscription in properties.get("Subscription") or []:
            site.call("sns", "Subscribe", TopicArn=arn, **subscription)
        return Made(arn, {"TopicArn": arn, "TopicName": name})

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """SetTopicAttributes; what is not set any more is emptied."""
        before, after = _attributes(old, TOPIC_ATTRIBUTES), _attributes(new, TOPIC_ATTRIBUTES)
        for name, value in (dict.fromkeys(before, "") | after).items():
            site.call("sns", "SetTopicAttributes", TopicArn=made.id, AttributeName=name, AttributeValue=value)
        for subscription in new.get("Subscription") or []:
            site.call("sns", "Subscribe", TopicArn=made.id, **subscription)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """DeleteTopic."""
        site.remove("sns", "DeleteTopic", TopicArn=made.id)


class Subscription(Kind):
    """AWS::SNS::Subscription."""

    replacing: ClassVar = frozenset({"Endpoint", "Protocol", "TopicArn"})

    def create(self, site: Site, properties: Properties) -> Made:
        """Subscribe."""
        attributes = _attributes(properties, SUBSCRIPTION_ATTRIBUTES)
        answer = site.call(
            "sns",
            "Subscribe",
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties.get("Endpoint"),
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return Made(answer["SubscriptionArn"])

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """SetSubscriptionAttributes."""
        for name, value in _attributes(new, SUBSCRIPTION_ATTRIBUTES).items():
            site.call("sns", "SetSubscriptionAttributes", SubscriptionArn=made.id, AttributeName=name, AttributeValue=value)
        return made

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """Unsubscribe."""
        site.remove("sns", "Unsubscribe", SubscriptionArn=made.id)


class TopicPolicy(Kind):
    """AWS::SNS::TopicPolicy."""

    def create(self, site: Site, properties: Properties) -> Made:
        """SetTopicAttributes of each topic."""
        document = json.dumps(properties["PolicyDocument"])
        for arn in properties["Topics"]:
            site.call("sns", "SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=document)
        return Made(site.name())

    def update(self, site: Site, made: Made, old: Properties, new: Properties) -> Made:
        """SetTopicAttributes of each topic, and the default for those it is not for any more."""
        self.delete(site, made, {"Topics": [arn for arn in old["Topics"] if arn not in new["Topics"]]})
        return Made(made.id, self.create(site, new).attributes)

    def delete(self, site: Site, made: Made, properties: Properties) -> None:
        """SetTopicAttributes back to the owner's rights."""
        for arn in properties["Topics"]:
            owner = {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sns:*",
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": site.account}},
            }
            policy = json.dumps({"Version": "2008-10-17", "Statement": [owner]})
            site.remove("sns", "SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def _attributes(properties: Properties, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _text(properties[name]) for name in names if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)
