"""In the sandbox botocore reads answers sooner: what it reads is what it reads anywhere."""

from copy import deepcopy
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from sandbox import without_http
from sandbox.account import Sandbox

pytestmark = pytest.mark.own
HOME = "ap-south-1"


def heard(sandbox):
    """Answers of XML protocols: of what protocol, of which shape, as they came, and what was read."""
    answers = []

    def client(service):
        found = boto3.client(service, HOME)
        model = found.meta.service_model

        def listen(event_name, response_dict, parsed_response, **_):
            shape = model.operation_model(event_name.rpartition(".")[2]).output_shape
            answers.append((model.metadata["protocol"], response_dict, shape, deepcopy(parsed_response)))

        found.meta.events.register(f"response-received.{service}", listen)
        return found

    ec2, iam, s3, sns = (client(service) for service in ("ec2", "iam", "s3", "sns"))
    instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=2)["Instances"][0]["InstanceId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    tags = [{"ResourceType": "image", "Tags": [{"Key": "a", "Value": ""}, {"Key": "b <&> c", "Value": "ü"}]}]
    ec2.create_image(InstanceId=instance, Name="an image", TagSpecifications=tags)
    ec2.describe_images(MaxResults=5)
    ec2.describe_instances()
    ec2.describe_snapshots()
    iam.create_role(RoleName="a", AssumeRolePolicyDocument="{}")
    iam.list_roles()
    s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_object(Bucket="a-bucket", Key="a/key", Body=b"x")
    s3.list_objects_v2(Bucket="a-bucket")
    s3.put_bucket_acl(Bucket="a-bucket", ACL="public-read")
    s3.get_bucket_acl(Bucket="a-bucket")
    sns.create_topic(Name="a")
    sns.get_topic_attributes(TopicArn=sns.list_topics()["Topics"][0]["TopicArn"])
    for refused in (
        lambda: ec2.describe_images(ImageIds=["ami-0"]),
        lambda: s3.head_bucket(Bucket="no-such"),
        lambda: iam.get_role(RoleName="no"),
    ):
        try:
            refused()
        except ClientError:
            continue
    return answers


def test_what_is_read_is_the_same(monkeypatch):
    monkeypatch.setattr(without_http, "_call", lambda _, *call: without_http._made(*call))
    with Sandbox() as sandbox:
        answers = heard(sandbox)
    assert {protocol for protocol, *_ in answers} == {"ec2", "query", "rest-xml"}
    for protocol, plain, shape, parsed in answers:
        parsed["ResponseMetadata"].pop("RetryAttempts", None)
        added = {"message"} if plain["status_code"] >= 400 else set()  # of errors that services have in their models
        assert create_parser(protocol).parse(plain, shape) == {name: value for name, value in parsed.items() if name not in added}
    assert len(answers) == 18
