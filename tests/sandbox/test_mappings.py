"""Queues and their event source mappings, on the sandbox's clock."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.apps import HOME, att, function, queue, role

pytestmark = pytest.mark.facts("4.3")
CONSUME = (["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"], att("Work"))
RECORDING = """
import json, time
def handler(event, context):
    print(json.dumps({"at": int(time.time()), "bodies": [r["body"] for r in event["Records"]], "counts": [r["attributes"]["ApproximateReceiveCount"] for r in event["Records"]]}))
"""


@pytest.fixture
def sqs(sandbox):
    return sandbox.client("sqs", HOME)


@pytest.fixture
def deploy(sandbox, app):
    def deploy(source, *, timeout=30, work=None, mapping=None, consume=CONSUME):
        mapped = {"EventSourceArn": att("Work"), "FunctionName": {"Ref": "Worker"}, **(mapping or {})}
        app.stack(
            "Test",
            {
                "Dead": queue("dead"),
                "Work": queue("work", **({"VisibilityTimeout": 30} | (work or {}))),
                "Role": role(consume),
                "Worker": function(app.code(main=source), "Role", "worker", Timeout=timeout),
                "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapped},
            },
        )
        sandbox.deploy(app.write())

    return deploy


@pytest.fixture
def send(sandbox, sqs):
    def send(*bodies, **more):
        for body in bodies:
            sqs.send_message(QueueUrl=url(sqs, "work"), MessageBody=body, **more)

    return send


@pytest.fixture
def seen(sandbox):
    """The batches the worker got: seconds since the sandbox's start, bodies, receive counts."""
    begun = int(sandbox.clock.now().timestamp())
    return lambda: [(one["at"] - begun, one["bodies"], one["counts"]) for one in sandbox.functions.records("worker") if "at" in one]


def url(sqs, name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def left(sqs, name="work"):
    answer = sqs.get_queue_attributes(QueueUrl=url(sqs, name), AttributeNames=["All"])["Attributes"]
    return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])


def test_records_are_as_documented(sandbox, deploy, send):
    deploy("import json\ndef handler(e, c):\n    print(json.dumps(e))\n")
    send("hello", MessageAttributes={"Kind": {"DataType": "String", "StringValue": "x"}})
    sandbox.clock.run_for(timedelta(seconds=5))
    [event] = sandbox.functions.records("worker")
    [record] = event["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["awsRegion"] == HOME
    assert record["eventSourceARN"].endswith(":work")
    assert record["messageAttributes"]["Kind"]["stringValue"] == "x"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert set(record["attributes"]) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}


def test_done_messages_are_deleted(sandbox, deploy, send, sqs, seen):
    deploy(RECORDING)
    send("a", "b")
    sandbox.clock.run_for(timedelta(minutes=10))
    assert seen() == [(0, ["a", "b"], ["1", "1"])]
    assert left(sqs) == 0


def test_batch_window_collects_and_a_full_batch_does_not_wait(sandbox, deploy, send, seen):
    deploy(RECORDING, mapping={"BatchSize": 3, "MaximumBatchingWindowInSeconds": 20})
    send("a")
    sandbox.clock.run_for(timedelta(seconds=10))
    send("b")
    sandbox.clock.run_for(timedelta(seconds=30))
    send("c", "d", "e", "f")
    sandbox.clock.run_for(timedelta(minutes=1))
    assert [(at, bodies) for at, bodies, _ in seen()] == [(20, ["a", "b"]), (40, ["c", "d", "e"]), (60, ["f"])]


def test_failed_items_come_back_and_the_others_do_not(sandbox, deploy, send, sqs, seen):
    source = (
        RECORDING
        + "    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records'] if r['body'] == 'b' and r['attributes']['ApproximateReceiveCount'] == '1']}\n"
    )
    deploy(source, mapping={"FunctionResponseTypes": ["ReportBatchItemFailures"]})
    send("a", "b", "c")
    sandbox.clock.run_for(timedelta(minutes=5))
    assert seen() == [(0, ["a", "b", "c"], ["1", "1", "1"]), (30, ["b"], ["2"])]
    assert left(sqs) == 0


def test_an_answer_that_names_a_strange_message_fails_the_batch(sandbox, deploy, send, seen):
    deploy(
        RECORDING + "    return {'batchItemFailures': [{'itemIdentifier': 'nobody'}]}\n",
        mapping={"FunctionResponseTypes": ["ReportBatchItemFailures"]},
    )
    send("a")
    sandbox.clock.run_for(timedelta(seconds=70))
    assert [counts for _, _, counts in seen()] == [["1"], ["2"], ["3"]]


def test_deferring_by_visibility(sandbox, deploy, send, seen):
    source = (
        "import boto3\n"
        + RECORDING
        + """
    for r in event["Records"]:
        if r["attributes"]["ApproximateReceiveCount"] == "1":
            sqs = boto3.client("sqs")
            name = r["eventSourceARN"].rsplit(":", 1)[-1]
            url = f"https://sqs.{r['awsRegion']}.amazonaws.com/123456789012/{name}"
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=r["receiptHandle"], VisibilityTimeout=300)
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]}]}
"""
    )
    deploy(source, mapping={"FunctionResponseTypes": ["ReportBatchItemFailures"]})
    send("a")
    sandbox.clock.run_for(timedelta(minutes=10))
    assert [(at, counts) for at, _, counts in seen()] == [(0, ["1"]), (300, ["2"])]


def test_a_function_that_fails_gets_its_messages_again_then_they_are_dead(sandbox, deploy, send, sqs, seen):
    deploy(RECORDING + "    raise ValueError('no')\n", work={"RedrivePolicy": {"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 3}})
    send("a")
    sandbox.clock.run_for(timedelta(minutes=10))
    assert [at for at, _, _ in seen()] == [0, 30, 60]
    assert left(sqs) == 0
    assert left(sqs, "dead") == 1


def test_delayed_messages_wait(sandbox, deploy, send, seen):
    deploy(RECORDING)
    send("a", DelaySeconds=300)
    sandbox.clock.run_for(timedelta(minutes=10))
    assert [at for at, _, _ in seen()] == [300]


@pytest.mark.parametrize(("days", "is_left"), [(3, True), (4, False)])
def test_a_message_is_gone_after_four_days(sandbox, sqs, days, is_left):
    queue = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="a")
    sandbox.clock.run_for(timedelta(days=days))
    assert bool(sqs.receive_message(QueueUrl=queue).get("Messages")) is is_left


def test_not_more_batches_at_once_than_the_maximum_concurrency(sandbox, deploy, send, sqs, seen):
    deploy(RECORDING + "    time.sleep(20)\n", mapping={"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}})
    send("a", "b", "c", "d", "e")
    sandbox.clock.run_for(timedelta(minutes=5))
    assert [at for at, _, _ in seen()] == [0, 0, 20, 20, 40]
    assert left(sqs) == 0


def test_a_disabled_mapping_does_nothing_until_it_is_enabled(sandbox, deploy, send, seen):
    deploy(RECORDING, mapping={"Enabled": False})
    send("a")
    sandbox.clock.run_for(timedelta(minutes=5))
    assert seen() == []
    deploy(RECORDING, mapping={"Enabled": True})
    sandbox.clock.run_for(timedelta(minutes=5))
    assert [bodies for _, bodies, _ in seen()] == [["a"]]


def test_the_functions_role_must_let_it_consume(deploy):
    with pytest.raises(Exception, match="does not have permissions to call ReceiveMessage on SQS"):
        deploy(RECORDING, consume=(["sqs:DeleteMessage"], "*"))


def test_a_queue_hides_messages_at_least_as_long_as_the_function_may_run(deploy):
    with pytest.raises(Exception, match="less than Function timeout"):
        deploy(RECORDING, timeout=31)


def test_a_role_that_loses_its_rights_gets_no_messages(sandbox, app, deploy, send, seen):
    deploy(RECORDING)
    name = sandbox.client("iam", "us-east-1").list_roles()["Roles"][0]["RoleName"]
    sandbox.client("iam", "us-east-1").delete_role_policy(RoleName=name, PolicyName="all")
    send("a")
    sandbox.clock.run_for(timedelta(minutes=5))
    assert seen() == []


def test_visibility_beyond_twelve_hours_is_refused(sandbox, deploy, sqs, app):
    app.stack("Test", {"Work": queue("work")})
    sandbox.deploy(app.write())
    sqs.send_message(QueueUrl=url(sqs, "work"), MessageBody="a")
    sandbox.clock.run_for(timedelta(hours=20))
    [message] = sqs.receive_message(QueueUrl=url(sqs, "work"), VisibilityTimeout=60)["Messages"]
    sqs.change_message_visibility(QueueUrl=url(sqs, "work"), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_000)
    with pytest.raises(ClientError):
        sqs.change_message_visibility(QueueUrl=url(sqs, "work"), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_201)
    sqs.change_message_visibility(QueueUrl=url(sqs, "work"), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert "Messages" in sqs.receive_message(QueueUrl=url(sqs, "work"))


def test_many_messages(sandbox, deploy, sqs, send):
    deploy("def handler(e, c):\n    print(len(e['Records']))\n", mapping={"BatchSize": 10, "ScalingConfig": {"MaximumConcurrency": 2}})
    for start in range(0, 1000, 10):
        entries = [{"Id": str(n), "MessageBody": json.dumps(n)} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url(sqs, "work"), Entries=entries)
    sandbox.clock.run_for(timedelta(minutes=5))
    assert sum(int(line) for line in sandbox.functions.logs("worker")) == 1000
    assert left(sqs) == 0


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    ("answer", "times"),
    [
        ("None", 1),
        ("{}", 1),
        ("{'batchItemFailures': []}", 1),
        ("{'batchItemFailures': None}", 1),
        ("'nonsense'", 2),
        ("[]", 2),
        ("{'batchItemFailures': 'all'}", 2),
        ("{'batchItemFailures': ['a']}", 2),
        ("{'batchItemFailures': [{'itemIdentifier': ''}]}", 2),
        ("{'batchItemFailures': [{'itemIdentifier': None}]}", 2),
        ("{'batchItemFailures': [{'itemId': event['Records'][0]['messageId']}]}", 2),
        ("{'batchItemFailures': [{'itemIdentifier': 'nobodys'}]}", 2),
    ],
)
def test_what_a_report_of_failures_means(sandbox, deploy, send, seen, answer, times):
    deploy(RECORDING + f"    return {answer}\n", mapping={"FunctionResponseTypes": ["ReportBatchItemFailures"]})
    send("a")
    sandbox.clock.run_for(timedelta(seconds=50))
    assert len(seen()) == times


def test_without_reports_an_answer_means_nothing(sandbox, deploy, send, seen):
    deploy(RECORDING + "    return {'batchItemFailures': [{'itemIdentifier': event['Records'][0]['messageId']}]}\n")
    send("a")
    sandbox.clock.run_for(timedelta(seconds=50))
    assert len(seen()) == 1


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"ScalingConfig": {"MaximumConcurrency": 1}}, "MaximumConcurrency, value: 1, valid min value: 2"),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, "MaximumConcurrency is 2 to 1000"),
        ({"MaximumBatchingWindowInSeconds": 301}, "MaximumBatchingWindowInSeconds is 0 to 300"),
        ({"BatchSize": 11}, "must be greater than 0 if maximum batch size"),
        ({"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1}, "BatchSize is 1 to 10000"),
        ({"FunctionResponseTypes": ["Nonsense"]}, "FunctionResponseTypes is ReportBatchItemFailures"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}, "have no FilterCriteria"),
    ],
)
def test_mappings_that_cannot_be(sandbox, deploy, mapping, problem):
    with pytest.raises(Exception, match=problem):
        deploy(RECORDING, mapping=mapping)


def test_a_change_of_a_mapping_is_looked_at_too(sandbox, deploy):
    deploy(RECORDING)
    with pytest.raises(Exception, match="MaximumConcurrency is 2 to 1000"):
        deploy(RECORDING, mapping={"ScalingConfig": {"MaximumConcurrency": 1001}})


def test_a_queue_feeds_a_function_by_one_mapping_only(sandbox, deploy, refused):
    deploy(RECORDING)
    client = sandbox.client("lambda", HOME)
    with refused("ResourceConflictException"):
        client.create_event_source_mapping(FunctionName="worker", EventSourceArn=f"arn:aws:sqs:{HOME}:123456789012:work")


def test_what_is_no_queue_feeds_no_function(sandbox, deploy, refused):
    deploy(RECORDING)
    with refused("UnsupportedSandboxOperation"):
        sandbox.client("lambda", HOME).create_event_source_mapping(
            FunctionName="worker", EventSourceArn=f"arn:aws:kinesis:{HOME}:123456789012:stream/s", StartingPosition="LATEST"
        )
