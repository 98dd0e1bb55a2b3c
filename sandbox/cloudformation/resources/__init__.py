"""The types of resources that the sandbox's CloudFormation knows, by service."""

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.kinds import Kind
from sandbox.cloudformation.resources import cloudwatch, ecr, events, iam, kms, lambdas, logs, others, rbin, s3, scheduler, sns, sqs

KINDS: dict[str, Kind] = {
    "AWS::CDK::Metadata": others.CdkMetadata(),
    "AWS::CloudWatch::Alarm": cloudwatch.Alarm(),
    "AWS::CloudWatch::Dashboard": cloudwatch.Dashboard(),
    "AWS::ECR::Repository": ecr.Repository(),
    "AWS::Events::Rule": events.EventRule(),
    "AWS::IAM::ManagedPolicy": iam.ManagedPolicy(),
    "AWS::IAM::Policy": iam.InlinePolicy(),
    "AWS::IAM::Role": iam.Role(),
    "AWS::KMS::Alias": kms.Alias(),
    "AWS::KMS::Key": kms.Key(),
    "AWS::Lambda::EventInvokeConfig": lambdas.EventInvokeConfig(),
    "AWS::Lambda::EventSourceMapping": lambdas.EventSourceMapping(),
    "AWS::Lambda::Function": lambdas.Function(),
    "AWS::Lambda::LayerVersion": lambdas.LayerVersion(),
    "AWS::Lambda::Permission": lambdas.Permission(),
    "AWS::Logs::LogGroup": logs.LogGroup(),
    "AWS::Logs::MetricFilter": logs.MetricFilter(),
    "AWS::Rbin::Rule": rbin.RetentionRule(),
    "AWS::S3::Bucket": s3.Bucket(),
    "AWS::S3::BucketPolicy": s3.BucketPolicy(),
    "AWS::SNS::Subscription": sns.Subscription(),
    "AWS::SNS::Topic": sns.Topic(),
    "AWS::SNS::TopicPolicy": sns.TopicPolicy(),
    "AWS::SQS::Queue": sqs.Queue(),
    "AWS::SQS::QueuePolicy": sqs.QueuePolicy(),
    "AWS::SSM::Parameter": others.Parameter(),
    "AWS::Scheduler::Schedule": scheduler.Schedule(),
    "AWS::Scheduler::ScheduleGroup": scheduler.ScheduleGroup(),
}


def kind(name: str) -> Kind:
    """The type called `name`. Raises TemplateError for one that the sandbox does not know."""
    if name not in KINDS:
        raise TemplateError(f"the sandbox's CloudFormation does not know the type {name}")
    return KINDS[name]
