"""What is moto's stays moto's: the same calls, to plain moto and to the sandbox, have the same answers but for times and random ids."""

import json
import re
from datetime import datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.account import ENVIRONMENT, Sandbox

REGION = "eu-west-1"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
QUEUE = {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"}
TOPIC = {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:told"}
ALARM = {"AlarmName": "late", "MetricName": "Late", "Namespace": "Night", "Period": 60, "Threshold": 1.0, "EvaluationPeriods": 1}
TABLE = {
    "TableName": "nights",
    "KeySchema": [{"AttributeName": "slot", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "slot", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
LARGE = {"Bucket": "vault", "Key": "large"}
LIFE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 9},
                "action": {"type": "expire"},
            }
        ]
    }
)
MANAGED = "arn:aws:iam::123456789012:policy/all"
LOGS = {"logGroupName": "/aws/lambda/take", "logStreamName": "one"}

CALLS = [
    ("s3", "create_bucket", {"Bucket": "vault", "CreateBucketConfiguration": {"LocationConstraint": REGION}}),
    ("s3", "put_bucket_versioning", {"Bucket": "vault", "VersioningConfiguration": {"Status": "Enabled"}}),
    ("s3", "put_object", {"Bucket": "vault", "Key": "a/b.json", "Body": b'{"a": 1}', "ContentType": "application/json", "Metadata": {"by": "us"}}),
    ("s3", "put_object", {"Bucket": "vault", "Key": "a/c ü.txt", "Body": b""}),
    ("s3", "get_object", {"Bucket": "vault", "Key": "a/b.json"}),
    ("s3", "get_object", {"Bucket": "vault", "Key": "a/b.json", "Range": "bytes=1-3"}),
    ("s3", "get_object", {"Bucket": "vault", "Key": "none"}),
    ("s3", "head_object", {"Bucket": "vault", "Key": "a/b.json"}),
    ("s3", "head_object", {"Bucket": "vault", "Key": "none"}),
    ("s3", "list_objects_v2", {"Bucket": "vault", "Prefix": "a/", "MaxKeys": 1}),
    ("s3", "list_object_versions", {"Bucket": "vault"}),
    ("s3", "copy_object", {"Bucket": "vault", "Key": "d", "CopySource": "vault/a/b.json"}),
    ("s3", "delete_objects", {"Bucket": "vault", "Delete": {"Objects": [{"Key": "d"}]}}),
    ("s3", "put_bucket_tagging", {"Bucket": "vault", "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}),
    ("s3", "get_bucket_tagging", {"Bucket": "vault"}),
    ("s3", "get_bucket_location", {"Bucket": "vault"}),
    ("s3", "list_buckets", {}),
    ("s3", "get_bucket_encryption", {"Bucket": "vault"}),
    ("s3", "create_multipart_upload", {"Bucket": "vault", "Key": "large"}),
    ("s3", "upload_part", lambda made: {**LARGE, "UploadId": made["create_multipart_upload"]["UploadId"], "PartNumber": 1, "Body": b"x"}),
    (
        "s3",
        "complete_multipart_upload",
        lambda made: {
            **LARGE,
            "UploadId": made["create_multipart_upload"]["UploadId"],
            "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": made["upload_part"]["ETag"]}]},
        },
    ),
    ("s3", "delete_objects", {"Bucket": "vault", "Delete": {"Objects": [{"Key": "large"}]}}),
    ("s3", "delete_bucket_policy", {"Bucket": "vault"}),
    ("s3", "delete_bucket", {"Bucket": "vault"}),
    ("sqs", "create_queue", {"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "60"}, "tags": {"a": "b"}}),
    ("sqs", "get_queue_url", {"QueueName": "jobs"}),
    ("sqs", "get_queue_url", {"QueueName": "none"}),
    ("sqs", "get_queue_attributes", {**QUEUE, "AttributeNames": ["All"]}),
    ("sqs", "list_queue_tags", QUEUE),
    ("sqs", "send_message", {**QUEUE, "MessageBody": "one", "MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}}}),
    ("sqs", "send_message_batch", {**QUEUE, "Entries": [{"Id": "1", "MessageBody": "two"}, {"Id": "2", "MessageBody": "three"}]}),
    ("sqs", "receive_message", {**QUEUE, "MaxNumberOfMessages": 1, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}),
    ("sqs", "delete_message", {**QUEUE, "ReceiptHandle": "none"}),
    ("sqs", "purge_queue", QUEUE),
    ("sqs", "list_queues", {}),
    ("sns", "create_topic", {"Name": "told", "Tags": [{"Key": "a", "Value": "b"}]}),
    ("sns", "subscribe", {**TOPIC, "Protocol": "email", "Endpoint": "ops@example.com", "ReturnSubscriptionArn": True}),
    ("sns", "get_topic_attributes", TOPIC),
    ("sns", "list_subscriptions_by_topic", TOPIC),
    ("sns", "publish", {**TOPIC, "Message": "one", "Subject": "two"}),
    ("sns", "publish", {"TopicArn": TOPIC["TopicArn"] + "-none", "Message": "one"}),
    ("kms", "create_key", {"Description": "copies", "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ("kms", "create_alias", lambda made: {"AliasName": "alias/copies", "TargetKeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "describe_key", {"KeyId": "alias/copies"}),
    ("kms", "describe_key", {"KeyId": "alias/none"}),
    ("kms", "enable_key_rotation", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "get_key_rotation_status", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "encrypt", {"KeyId": "alias/copies", "Plaintext": b"text"}),
    ("kms", "list_aliases", {}),
    ("iam", "create_role", {"RoleName": "take", "AssumeRolePolicyDocument": TRUST, "Path": "/night/"}),
    ("iam", "put_role_policy", {"RoleName": "take", "PolicyName": "all", "PolicyDocument": POLICY}),
    ("iam", "get_role_policy", {"RoleName": "take", "PolicyName": "all"}),
    ("iam", "list_role_policies", {"RoleName": "take"}),
    ("iam", "get_role", {"RoleName": "none"}),
    ("ssm", "put_parameter", {"Name": "/night/version", "Value": "30", "Type": "String", "Description": "one"}),
    ("ssm", "get_parameter", {"Name": "/night/version"}),
    ("ssm", "get_parameter", {"Name": "/night/none"}),
    ("ssm", "get_parameters_by_path", {"Path": "/night"}),
    ("ssm", "describe_parameters", {}),
    ("logs", "create_log_group", {"logGroupName": LOGS["logGroupName"]}),
    ("logs", "create_log_stream", LOGS),
    ("logs", "put_log_events", lambda made: {**LOGS, "logEvents": [{"timestamp": made["now"], "message": "one"}]}),
    ("logs", "get_log_events", LOGS),
    ("logs", "put_retention_policy", {"logGroupName": LOGS["logGroupName"], "retentionInDays": 30}),
    ("logs", "describe_log_groups", {}),
    ("logs", "describe_log_streams", {"logGroupName": "none"}),
    ("cloudwatch", "put_metric_data", {"Namespace": "Night", "MetricData": [{"MetricName": "Late", "Value": 1.0, "Unit": "Count"}]}),
    ("cloudwatch", "list_metrics", {"Namespace": "Night"}),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["late"]}),
    ("dynamodb", "create_table", TABLE),
    ("dynamodb", "put_item", {"TableName": "nights", "Item": {"slot": {"S": "20270301T0200Z"}, "taken": {"N": "3"}}}),
    ("dynamodb", "get_item", {"TableName": "nights", "Key": {"slot": {"S": "20270301T0200Z"}}}),
    ("dynamodb", "put_item", {"TableName": "nights", "Item": {"slot": {"S": "20270301T0200Z"}}, "ConditionExpression": "attribute_not_exists(slot)"}),
    ("dynamodb", "scan", {"TableName": "nights"}),
    ("dynamodb", "get_item", {"TableName": "none", "Key": {"slot": {"S": "1"}}}),
    ("scheduler", "create_schedule_group", {"Name": "nights"}),
    ("scheduler", "list_schedule_groups", {}),
    ("scheduler", "get_schedule", {"Name": "none"}),
    ("events", "put_rule", {"Name": "late", "EventPattern": '{"source": ["aws.ec2"]}'}),
    ("events", "list_rules", {}),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("ec2", "describe_subnets", {"SubnetIds": ["subnet-1"]}),
    ("ec2", "describe_regions", {"RegionNames": ["eu-west-1", "ap-south-1"]}),
    ("ec2", "describe_availability_zones", {}),
    ("ec2", "describe_instance_types", {"InstanceTypes": ["t3.micro"]}),
    ("ec2", "describe_instance_type_offerings", {"Filters": [{"Name": "instance-type", "Values": ["t3.micro"]}]}),
    ("sqs", "change_message_visibility", {**QUEUE, "ReceiptHandle": "none", "VisibilityTimeout": 5}),
    ("sns", "delete_topic", TOPIC),
    ("kms", "get_key_policy", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "PolicyName": "default"}),
    ("kms", "enable_key", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "delete_alias", {"AliasName": "alias/copies"}),
    ("logs", "delete_log_group", {"logGroupName": LOGS["logGroupName"]}),
    ("cloudwatch", "delete_alarms", {"AlarmNames": ["late"]}),
    ("events", "disable_rule", {"Name": "late"}),
    ("events", "remove_targets", {"Rule": "late", "Ids": ["one"]}),
    ("events", "delete_rule", {"Name": "late"}),
    ("autoscaling", "describe_auto_scaling_groups", {}),
    ("lambda", "list_functions", {}),
    ("lambda", "delete_event_source_mapping", {"UUID": "00000000-0000-4000-8000-000000000000"}),
    ("lambda", "delete_function_event_invoke_config", {"FunctionName": "none"}),
    ("lambda", "delete_layer_version", {"LayerName": "none", "VersionNumber": 1}),
    ("lambda", "remove_permission", {"FunctionName": "none", "StatementId": "one"}),
    ("ecr", "create_repository", {"repositoryName": "assets"}),
    ("ecr", "put_lifecycle_policy", {"repositoryName": "assets", "lifecyclePolicyText": LIFE}),
    ("ecr", "set_repository_policy", {"repositoryName": "assets", "policyText": TRUST}),
    ("s3", "create_bucket", {"Bucket": "plain", "CreateBucketConfiguration": {"LocationConstraint": REGION}}),
    ("s3", "put_bucket_ownership_controls", {"Bucket": "plain", "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
    ("s3", "delete_bucket_lifecycle", {"Bucket": "plain"}),
    ("s3", "delete_public_access_block", {"Bucket": "plain"}),
    ("kms", "update_key_description", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "Description": "others"}),
    ("kms", "disable_key_rotation", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("iam", "create_policy", {"PolicyName": "all", "PolicyDocument": POLICY}),
    ("iam", "create_policy_version", {"PolicyArn": MANAGED, "PolicyDocument": POLICY, "SetAsDefault": True}),
    ("iam", "list_policy_versions", {"PolicyArn": MANAGED}),
    ("iam", "delete_policy_version", {"PolicyArn": MANAGED, "VersionId": "v1"}),
    ("iam", "delete_policy", {"PolicyArn": MANAGED}),
    ("ssm", "delete_parameter", {"Name": "/night/version"}),
    ("logs", "delete_retention_policy", {"logGroupName": "none"}),
    ("logs", "delete_metric_filter", {"logGroupName": "none", "filterName": "none"}),
    ("cloudwatch", "delete_dashboards", {"DashboardNames": ["none"]}),
    ("scheduler", "delete_schedule_group", {"Name": "nights"}),
    ("sns", "set_subscription_attributes", {"SubscriptionArn": TOPIC["TopicArn"] + ":none", "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}),
    ("sns", "unsubscribe", {"SubscriptionArn": TOPIC["TopicArn"] + ":none"}),
]  # fmt: skip
RANDOM = [
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r"\b(?:AROA|AKIA|ASIA|AIDA)[A-Z0-9]{12,}\b"),
    re.compile(r"(?<=-)[0-9a-f]{8,17}\b"),
    re.compile(r"\b\d{10,13}(?:\.\d+)?\b(?!:)"),
    re.compile(r"\b\w{185}\b"),  # receipt handles
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"),
]
RANDOM_KEYS = {"UploadId": "an upload"}  # as many characters as are left of random bytes: no pattern says how many
DROPPED = {
    "PolicyId",
    "ResponseMetadata",
    "SecretAccessKey",
    "SessionToken",
    "VersionId",
    "CiphertextBlob",
    "SequenceNumber",
    "uploadSequenceToken",
}


def told(call):
    return f"{call[0]} {call[1]}"


def answers(now):
    """What each call of the table is answered, one after the other."""
    made, found = {"now": int(now().timestamp() * 1000)}, []
    clients = {service: boto3.client(service, region_name=REGION) for service in {call[0] for call in CALLS}}
    for service, operation, parameters in CALLS:
        given = parameters(made) if callable(parameters) else parameters
        try:
            made[operation] = getattr(clients[service], operation)(**given)
            found.append((made[operation]["ResponseMetadata"]["HTTPStatusCode"], plain(made[operation])))
        except ClientError as error:
            found.append((error.response["ResponseMetadata"]["HTTPStatusCode"], plain(error.response["Error"])))
    return found


def plain(value):
    """A value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: RANDOM_KEYS.get(key) or plain(each) for key, each in value.items() if key not in DROPPED}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return "a time"
    if hasattr(value, "read"):
        return value.read()
    if isinstance(value, (int, float)) and value > 1e9:
        return "a time"
    if isinstance(value, str):
        for pattern in RANDOM:
            value = pattern.sub("…", value)
    return value


@pytest.fixture
def environment(monkeypatch):
    """Credentials for plain moto, and no way out."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_the_same_answers(environment):
    with mock_aws():
        motos = answers(datetime.now)
    with Sandbox() as sandbox:
        ours = answers(sandbox.clock.now)
    different = [(told(call), *pair) for call, *pair in zip(CALLS, motos, ours, strict=True) if pair[0] != pair[1]]
    assert different == []
    assert {status // 100 for status, _ in motos} == {2, 4}  # calls that succeed and calls that fail
