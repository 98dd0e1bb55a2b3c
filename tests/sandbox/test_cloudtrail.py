"""AWS API Call via CloudTrail, for the calls to the Recycle Bin."""

import json

import pytest

from tests.sandbox.conftest import HOME, RECOVERY

pytestmark = pytest.mark.facts("3.5")

PERIOD = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
RULE = {"ResourceType": "EC2_IMAGE", "RetentionPeriod": PERIOD}
LOCK = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}


@pytest.fixture
def trail(sandbox):
    """A trail that logs at home."""
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="trails")
    cloudtrail = sandbox.client("cloudtrail", HOME)
    cloudtrail.create_trail(Name="trail", S3BucketName="trails")
    cloudtrail.start_logging(Name="trail")
    return cloudtrail


@pytest.fixture
def told(sandbox):
    """The calls that CloudTrail told of so far, whole events."""
    return lambda: [event for event in sandbox.events.happened if event["detail-type"] == "AWS API Call via CloudTrail"]


@pytest.fixture
def create(sandbox):
    def create(region=HOME, **parameters):
        return sandbox.client("rbin", region).create_rule(**RULE, **parameters)["Identifier"]

    return create


def names(events):
    return [event["detail"]["eventName"] for event in events]


def test_without_a_trail_nothing_is_told(create, told):
    create()
    assert told() == []


def test_a_call_is_told_as_documented(sandbox, trail, create, told):
    identifier = create(Description="all", Tags=[{"Key": "a", "Value": "b"}])
    call = next(call for call in sandbox.gateway.calls if call.operation == "CreateRule")
    (event,) = told()
    assert (event["source"], event["resources"], event["region"]) == ("aws.rbin", [], HOME)
    detail = event["detail"]
    assert detail.pop("eventID")
    assert detail.pop("userIdentity").items() >= {"type": "IAMUser", "accountId": "123456789012"}.items()
    assert detail == {
        "eventVersion": "1.09",
        "eventTime": "2027-03-01T12:00:00Z",
        "eventSource": "rbin.amazonaws.com",
        "eventName": "CreateRule",
        "awsRegion": HOME,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "sandbox",
        "requestParameters": {
            "resourceType": "EC2_IMAGE",
            "retentionPeriod": {"retentionPeriodValue": 7, "retentionPeriodUnit": "DAYS"},
            "description": "all",
            "tags": [{"key": "a", "value": "b"}],
        },
        "responseElements": {"identifier": identifier},
        "requestID": call.request_id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    }


def test_every_change_is_told_and_nothing_that_only_reads(sandbox, trail, create, told):
    rbin, identifier = sandbox.client("rbin", HOME), create()
    arn = rbin.get_rule(Identifier=identifier)["RuleArn"]
    rbin.update_rule(Identifier=identifier, Description="new")
    rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    rbin.list_tags_for_resource(ResourceArn=arn)
    rbin.untag_resource(ResourceArn=arn, TagKeys=["a"])
    rbin.list_rules(ResourceType="EC2_IMAGE")
    rbin.delete_rule(Identifier=identifier)
    rbin.lock_rule(Identifier=(locked := create()), LockConfiguration=LOCK)
    rbin.unlock_rule(Identifier=locked)
    changes = ["CreateRule", "UpdateRule", "TagResource", "UntagResource", "DeleteRule", "CreateRule", "LockRule", "UnlockRule"]
    assert names(told()) == changes
    update = told()[1]["detail"]
    assert (update["requestParameters"], update["responseElements"]) == ({"identifier": identifier, "description": "new"}, None)


def test_a_failed_call_is_told_with_its_error(sandbox, trail, create, told, refused):
    identifier = create(LockConfiguration=LOCK)
    with refused("ConflictException"):
        sandbox.client("rbin", HOME).delete_rule(Identifier=identifier)
    detail = told()[-1]["detail"]
    assert (detail["eventName"], detail["errorCode"], detail["responseElements"]) == ("DeleteRule", "ConflictException", None)
    assert identifier in detail["errorMessage"]
    assert "errorCode" not in told()[0]["detail"]


def test_a_role_is_named_with_its_session(sandbox, trail, told, taker):
    sandbox.gateway.call("rbin", "CreateRule", HOME, RULE, taker)
    identity = told()[0]["detail"]["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("AssumedRole", "arn:aws:sts::123456789012:assumed-role/taker/sandbox")
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == taker.role_arn


def test_what_a_stack_does_is_told_as_cloudformations(sandbox, trail, told):
    template = {"Resources": {"Rule": {"Type": "AWS::Rbin::Rule", "Properties": RULE}}}
    sandbox.client("cloudformation", HOME).create_stack(StackName="bin", TemplateBody=json.dumps(template))
    assert [event["detail"]["userIdentity"]["invokedBy"] for event in told()] == ["cloudformation.amazonaws.com"]


def test_a_trail_tells_of_its_own_region(trail, create, told):
    create(RECOVERY)
    assert told() == []


def test_a_trail_of_all_regions_tells_of_all(trail, create, told):
    trail.update_trail(Name="trail", IsMultiRegionTrail=True)
    create(RECOVERY)
    assert [event["region"] for event in told()] == [RECOVERY]


def test_a_trail_that_was_stopped_tells_nothing(trail, create, told):
    trail.stop_logging(Name="trail")
    create()
    assert told() == []


def management(*fields):
    fixed = {"Field": "eventCategory", "Equals": ["Management"]}
    return {"AdvancedEventSelectors": [{"Name": "those", "FieldSelectors": [fixed, *fields]}]}


@pytest.mark.parametrize(
    ("selectors", "is_told"),
    [
        ({"EventSelectors": [{"ReadWriteType": "All"}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, False),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]}, False),
        (management(), True),
        (management({"Field": "readOnly", "Equals": ["false"]}), True),
        (management({"Field": "readOnly", "Equals": ["true"]}), False),
        (management({"Field": "eventSource", "NotEquals": ["rbin.amazonaws.com"]}), False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]}, False),
    ],
)
def test_selectors_say_what_a_trail_logs(trail, create, told, selectors, is_told):
    trail.put_event_selectors(TrailName="trail", **selectors)
    create()
    assert bool(told()) is is_told


def test_two_trails_tell_once(trail, create, told):
    trail.create_trail(Name="another", S3BucketName="trails", IsMultiRegionTrail=True)
    trail.start_logging(Name="another")
    create()
    assert len(told()) == 1


def test_a_rule_of_the_bus_gets_it(sandbox, trail, create):
    sqs, events = sandbox.client("sqs", HOME), sandbox.client("events", HOME)
    queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
    policy = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]}'
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    pattern = '{"source": ["aws.rbin"], "detail": {"eventSource": ["rbin.amazonaws.com"], "eventName": ["DeleteRule"]}}'
    events.put_rule(Name="watch", EventPattern=pattern)
    events.put_targets(Rule="watch", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{HOME}:123456789012:changes"}])
    sandbox.client("rbin", HOME).delete_rule(Identifier=create())
    sandbox.clock.run_for(sandbox.ec2.timing.bin_rule)
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert '"eventName": "DeleteRule"' in message["Body"]
