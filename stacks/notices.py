"""Where alarms go: a topic with the configured subscribers."""

from collections.abc import Iterable

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class Notices(sns.Topic):
    """A topic that this account's alarms publish to and people read by e-mail. Unencrypted: CloudWatch cannot publish under alias/aws/sns."""

    def __init__(self, scope: Construct, *, name: str, emails: Iterable[str]) -> None:
        """The topic of that physical name, with `emails` subscribed (each has to confirm)."""
        super().__init__(scope, "Notices", topic_name=name, display_name="Nightkeep", enforce_ssl=True)
        for email in emails:
            self.add_subscription(subscriptions.EmailSubscription(email))
        # a topic with a policy of its own loses the default one, which let the account's alarms publish
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
