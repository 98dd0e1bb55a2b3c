"""The calls that are replayed against plain moto and the sandbox: each operation of moto's that the contract promises, and refusals.

A call is service, operation and parameters, or what gives these of the answers so far, by operation (`now` is the time in milliseconds).
"""

import io
import json
import zipfile

REGION = "eu-west-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}}
        ],
    }
)
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
SHARED = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::vault/*"}],
    }
)
KEYS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}],
    }
)
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
ROLE = "arn:aws:iam::123456789012:role/night/take"
TAKE = {"FunctionName": "take"}
SCHEDULE = {
    "Name": "nightly",
    "ScheduleExpression": "cron(0 2 * * ? *)",
    "ScheduleExpressionTimezone": "Asia/Kolkata",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:take", "RoleArn": ROLE},
}
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
EXPIRY = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 30}}
COUNT = {"metricName": "Errors", "metricNamespace": "Night", "metricValue": "1"}
LOGS = {"logGroupName": "/aws/lambda/take", "logStreamName": "one"}
COUNTED = {"logGroupName": LOGS["logGroupName"], "filterName": "errors"}


def _zip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        written.writestr(zipfile.ZipInfo("take.py"), "def handler(event, context): return event")
    return packed.getvalue()


CODE = _zip()


def received(made):
    """The receipt handle of the message that was received."""
    return made["receive_message"]["Messages"][0]["ReceiptHandle"]


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
    ("s3", "head_bucket", {"Bucket": "vault"}),
    ("s3", "list_buckets", {}),
    ("s3", "get_bucket_encryption", {"Bucket": "none"}),
    ("s3", "put_bucket_encryption", {"Bucket": "vault", "ServerSideEncryptionConfiguration": ENCRYPTED}),
    ("s3", "get_bucket_encryption", {"Bucket": "vault"}),
    ("s3", "put_bucket_acl", {"Bucket": "vault", "ACL": "private"}),
    ("s3", "get_bucket_acl", {"Bucket": "vault"}),
    ("s3", "put_bucket_policy", {"Bucket": "vault", "Policy": SHARED}),
    ("s3", "put_bucket_lifecycle_configuration", {"Bucket": "vault", "LifecycleConfiguration": {"Rules": [EXPIRY]}}),
    ("s3", "put_public_access_block", {"Bucket": "vault", "PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
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
    ("sqs", "change_message_visibility", lambda made: {**QUEUE, "ReceiptHandle": received(made), "VisibilityTimeout": 5}),
    ("sqs", "delete_message", lambda made: {**QUEUE, "ReceiptHandle": received(made)}),
    ("sqs", "delete_message", {**QUEUE, "ReceiptHandle": "none"}),
    ("sqs", "purge_queue", QUEUE),
    ("sqs", "set_queue_attributes", {**QUEUE, "Attributes": {"VisibilityTimeout": "90"}}),
    ("sqs", "list_queues", {}),
    ("sns", "create_topic", {"Name": "told", "Tags": [{"Key": "a", "Value": "b"}]}),
    ("sns", "subscribe", {**TOPIC, "Protocol": "email", "Endpoint": "ops@example.com", "ReturnSubscriptionArn": True}),
    ("sns", "set_topic_attributes", {**TOPIC, "AttributeName": "DisplayName", "AttributeValue": "Told"}),
    ("sns", "get_topic_attributes", TOPIC),
    ("sns", "list_topics", {}),
    (
        "sns",
        "set_subscription_attributes",
        lambda made: {"SubscriptionArn": made["subscribe"]["SubscriptionArn"], "AttributeName": "FilterPolicy", "AttributeValue": "{}"},
    ),
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
    ("iam", "get_role", {"RoleName": "take"}),
    ("iam", "get_role", {"RoleName": "none"}),
    ("iam", "list_roles", {"PathPrefix": "/night/"}),
    ("iam", "tag_role", {"RoleName": "take", "Tags": [{"Key": "a", "Value": "b"}]}),
    ("iam", "update_role", {"RoleName": "take", "Description": "takes", "MaxSessionDuration": 7200}),
    ("iam", "update_assume_role_policy", {"RoleName": "take", "PolicyDocument": TRUST}),
    ("iam", "create_instance_profile", {"InstanceProfileName": "take"}),
    ("iam", "add_role_to_instance_profile", {"InstanceProfileName": "take", "RoleName": "take"}),
    ("iam", "create_role", {"RoleName": "short", "AssumeRolePolicyDocument": TRUST}),
    ("iam", "put_role_policy", {"RoleName": "short", "PolicyName": "all", "PolicyDocument": POLICY}),
    ("iam", "delete_role_policy", {"RoleName": "short", "PolicyName": "all"}),
    ("iam", "delete_role_policy", {"RoleName": "short", "PolicyName": "all"}),
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
    ("logs", "describe_log_streams", {"logGroupName": LOGS["logGroupName"]}),
    ("logs", "describe_log_streams", {"logGroupName": "none"}),
    ("logs", "delete_retention_policy", {"logGroupName": LOGS["logGroupName"]}),
    ("logs", "put_metric_filter", {**COUNTED, "filterPattern": "ERROR", "metricTransformations": [COUNT]}),
    ("logs", "describe_metric_filters", {"logGroupName": LOGS["logGroupName"]}),
    ("logs", "delete_metric_filter", COUNTED),
    ("cloudwatch", "put_metric_data", {"Namespace": "Night", "MetricData": [{"MetricName": "Late", "Value": 1.0, "Unit": "Count"}]}),
    ("cloudwatch", "list_metrics", {"Namespace": "Night"}),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["late"]}),
    ("cloudwatch", "put_dashboard", {"DashboardName": "nights", "DashboardBody": '{"widgets": []}'}),
    ("cloudwatch", "delete_dashboards", {"DashboardNames": ["nights"]}),
    ("dynamodb", "create_table", TABLE),
    ("dynamodb", "put_item", {"TableName": "nights", "Item": {"slot": {"S": "20270301T0200Z"}, "taken": {"N": "3"}}}),
    ("dynamodb", "get_item", {"TableName": "nights", "Key": {"slot": {"S": "20270301T0200Z"}}}),
    ("dynamodb", "put_item", {"TableName": "nights", "Item": {"slot": {"S": "20270301T0200Z"}}, "ConditionExpression": "attribute_not_exists(slot)"}),
    ("dynamodb", "scan", {"TableName": "nights"}),
    ("dynamodb", "get_item", {"TableName": "none", "Key": {"slot": {"S": "1"}}}),
    ("scheduler", "create_schedule_group", {"Name": "nights"}),
    ("scheduler", "list_schedule_groups", {}),
    ("scheduler", "create_schedule", SCHEDULE),
    ("scheduler", "get_schedule", {"Name": "nightly"}),
    ("scheduler", "get_schedule", {"Name": "none"}),
    ("scheduler", "list_schedules", {}),
    ("scheduler", "update_schedule", {**SCHEDULE, "ScheduleExpression": "cron(0 3 * * ? *)"}),
    ("scheduler", "delete_schedule", {"Name": "nightly"}),
    ("events", "put_rule", {"Name": "late", "EventPattern": '{"source": ["aws.ec2"]}'}),
    ("events", "list_rules", {}),
    ("events", "put_targets", {"Rule": "late", "Targets": [{"Id": "one", "Arn": "arn:aws:sqs:eu-west-1:123456789012:jobs"}]}),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("ec2", "describe_vpcs", lambda made: {"VpcIds": [made["create_vpc"]["Vpc"]["VpcId"]]}),
    ("ec2", "create_security_group", lambda made: {"GroupName": "web", "Description": "web", "VpcId": made["create_vpc"]["Vpc"]["VpcId"]}),
    ("ec2", "describe_subnets", {"Filters": [{"Name": "availability-zone", "Values": ["eu-west-1a"]}]}),
    ("ec2", "describe_subnets", {"SubnetIds": ["subnet-1"]}),
    ("ec2", "describe_regions", {"RegionNames": ["eu-west-1", "ap-south-1"]}),
    ("ec2", "describe_availability_zones", {}),
    ("ec2", "describe_instance_types", {"InstanceTypes": ["t3.micro"]}),
    ("ec2", "describe_instance_type_offerings", {"Filters": [{"Name": "instance-type", "Values": ["t3.micro"]}]}),
    ("sqs", "change_message_visibility", {**QUEUE, "ReceiptHandle": "none", "VisibilityTimeout": 5}),
    ("kms", "put_key_policy", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "PolicyName": "default", "Policy": KEYS}),
    ("kms", "get_key_policy", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "PolicyName": "default"}),
    ("kms", "enable_key", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "list_keys", {}),
    ("kms", "update_alias", lambda made: {"AliasName": "alias/copies", "TargetKeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    (
        "kms",
        "create_grant",
        lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "GranteePrincipal": ROLE, "Operations": ["Decrypt"]},
    ),
    ("kms", "list_grants", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("kms", "delete_alias", {"AliasName": "alias/copies"}),
    ("logs", "delete_log_group", {"logGroupName": LOGS["logGroupName"]}),
    ("cloudwatch", "delete_alarms", {"AlarmNames": ["late"]}),
    ("events", "disable_rule", {"Name": "late"}),
    ("events", "remove_targets", {"Rule": "late", "Ids": ["one"]}),
    ("events", "delete_rule", {"Name": "late"}),
    ("autoscaling", "create_launch_configuration", {"LaunchConfigurationName": "web", "ImageId": "ami-0linux", "InstanceType": "t3.micro"}),
    ("autoscaling", "describe_launch_configurations", {}),
    ("autoscaling", "describe_auto_scaling_groups", {}),
    ("lambda", "publish_layer_version", {"LayerName": "packages", "Content": {"ZipFile": CODE}, "CompatibleRuntimes": ["python3.13"]}),
    (
        "lambda",
        "create_function",
        {**TAKE, "Role": ROLE, "Handler": "take.handler", "Runtime": "python3.13", "Code": {"ZipFile": CODE}, "Timeout": 60},
    ),
    ("lambda", "get_function_configuration", TAKE),
    ("lambda", "update_function_code", {**TAKE, "ZipFile": CODE}),
    ("lambda", "update_function_configuration", {**TAKE, "MemorySize": 256}),
    ("lambda", "add_permission", {**TAKE, "StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}),
    ("lambda", "remove_permission", {**TAKE, "StatementId": "one"}),
    ("lambda", "put_function_concurrency", {**TAKE, "ReservedConcurrentExecutions": 0}),
    ("lambda", "delete_function_concurrency", TAKE),
    ("lambda", "put_function_event_invoke_config", {**TAKE, "MaximumRetryAttempts": 1}),
    ("lambda", "delete_function_event_invoke_config", TAKE),
    ("lambda", "create_event_source_mapping", {**TAKE, "EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:jobs", "BatchSize": 5}),
    ("lambda", "update_event_source_mapping", lambda made: {"UUID": made["create_event_source_mapping"]["UUID"], "BatchSize": 7}),
    ("lambda", "delete_event_source_mapping", lambda made: {"UUID": made["create_event_source_mapping"]["UUID"]}),
    ("lambda", "list_functions", {}),
    ("lambda", "delete_function", TAKE),
    ("lambda", "delete_layer_version", {"LayerName": "packages", "VersionNumber": 1}),
    ("lambda", "delete_event_source_mapping", {"UUID": "00000000-0000-4000-8000-000000000000"}),
    ("lambda", "delete_function_event_invoke_config", {"FunctionName": "none"}),
    ("lambda", "delete_layer_version", {"LayerName": "none", "VersionNumber": 1}),
    ("lambda", "remove_permission", {"FunctionName": "none", "StatementId": "one"}),
    ("ecr", "create_repository", {"repositoryName": "assets"}),
    ("ecr", "put_lifecycle_policy", {"repositoryName": "assets", "lifecyclePolicyText": LIFE}),
    ("ecr", "set_repository_policy", {"repositoryName": "assets", "policyText": TRUST}),
    ("ecr", "put_image_tag_mutability", {"repositoryName": "assets", "imageTagMutability": "IMMUTABLE"}),
    ("ecr", "describe_repositories", {"repositoryNames": ["assets"]}),
    ("ecr", "delete_repository", {"repositoryName": "assets"}),
    ("s3", "create_bucket", {"Bucket": "plain", "CreateBucketConfiguration": {"LocationConstraint": REGION}}),
    ("s3", "put_bucket_ownership_controls", {"Bucket": "plain", "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
    ("s3", "delete_bucket_lifecycle", {"Bucket": "plain"}),
    ("s3", "delete_public_access_block", {"Bucket": "plain"}),
    ("cloudtrail", "create_trail", {"Name": "all", "S3BucketName": "plain"}),
    ("cloudtrail", "start_logging", {"Name": "all"}),
    ("cloudtrail", "put_event_selectors", {"TrailName": "all", "EventSelectors": [{"ReadWriteType": "WriteOnly"}]}),
    ("cloudtrail", "update_trail", {"Name": "all", "IsMultiRegionTrail": True}),
    ("cloudtrail", "stop_logging", {"Name": "all"}),
    ("s3", "delete_bucket", {"Bucket": "plain"}),
    ("kms", "update_key_description", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"], "Description": "others"}),
    ("kms", "disable_key_rotation", lambda made: {"KeyId": made["create_key"]["KeyMetadata"]["KeyId"]}),
    ("iam", "create_policy", {"PolicyName": "all", "PolicyDocument": POLICY}),
    ("iam", "create_policy_version", {"PolicyArn": MANAGED, "PolicyDocument": POLICY, "SetAsDefault": True}),
    ("iam", "list_policy_versions", {"PolicyArn": MANAGED}),
    ("iam", "attach_role_policy", {"RoleName": "short", "PolicyArn": MANAGED}),
    ("iam", "list_attached_role_policies", {"RoleName": "short"}),
    ("iam", "put_role_permissions_boundary", {"RoleName": "short", "PermissionsBoundary": MANAGED}),
    ("iam", "detach_role_policy", {"RoleName": "short", "PolicyArn": MANAGED}),
    ("iam", "delete_role", {"RoleName": "short"}),
    ("iam", "delete_policy_version", {"PolicyArn": MANAGED, "VersionId": "v1"}),
    ("iam", "delete_policy", {"PolicyArn": MANAGED}),
    ("ssm", "delete_parameter", {"Name": "/night/version"}),
    ("logs", "delete_retention_policy", {"logGroupName": "none"}),
    ("logs", "delete_metric_filter", {"logGroupName": "none", "filterName": "none"}),
    ("cloudwatch", "delete_dashboards", {"DashboardNames": ["none"]}),
    ("scheduler", "delete_schedule_group", {"Name": "nights"}),
    ("sns", "set_subscription_attributes", {"SubscriptionArn": TOPIC["TopicArn"] + ":none", "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}),
    ("sns", "unsubscribe", {"SubscriptionArn": TOPIC["TopicArn"] + ":none"}),
    ("sns", "delete_topic", TOPIC),
    ("sqs", "delete_queue", QUEUE),
]  # fmt: skip
