"""Event patterns: the examples of EventBridge's user guide, and of Event Ruler, the matcher that AWS publishes."""

import json

import pytest

from sandbox.events.pattern import check, matches

pytestmark = pytest.mark.facts("3.7")

# The user guide's table of comparison operators: its pattern, and for each an event that it matches and one that it doesn't.
OPERATORS = {
    "and": ({"Location": ["New York"], "Day": ["Monday"]}, {"Location": "New York", "Day": "Monday"}, {"Location": "New York"}),
    "anything-but": ({"state": [{"anything-but": "initializing"}]}, {"state": "running"}, {"state": "initializing"}),
    "anything-but, a number": ({"x-limit": [{"anything-but": 123}]}, {"x-limit": 124}, {"x-limit": 123}),
    "anything-but, strings": ({"state": [{"anything-but": ["stopped", "overloaded"]}]}, {"state": "ok"}, {"state": "overloaded"}),
    "anything-but, numbers": ({"x-limit": [{"anything-but": [100, 200, 300]}]}, {"x-limit": 101}, {"x-limit": 200}),
    "anything-but, beginning": ({"Region": [{"anything-but": {"prefix": "us-"}}]}, {"Region": "eu-west-1"}, {"Region": "us-west-1"}),
    "anything-but, ending": ({"FileName": [{"anything-but": {"suffix": ".png"}}]}, {"FileName": "a.jpg"}, {"FileName": "a.png"}),
    "anything-but, endings": ({"File": [{"anything-but": {"suffix": [".png", ".rtf"]}}]}, {"File": "a.jpg"}, {"File": "a.rtf"}),
    "anything-but, case": ({"s": [{"anything-but": {"equals-ignore-case": "initializing"}}]}, {"s": "up"}, {"s": "INITIALIZING"}),
    "anything-but, wildcard": ({"Path": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"Path": "/bin/a"}, {"Path": "/usr/lib/a"}),
    "begins with": ({"Region": [{"prefix": "us-"}]}, {"Region": "us-east-1"}, {"Region": "eu-us-1"}),
    "begins with, case": ({"service": [{"prefix": {"equals-ignore-case": "eventb"}}]}, {"service": "EventBridge"}, {"service": "bEvent"}),
    "empty": ({"LastName": [""]}, {"LastName": ""}, {"LastName": None}),
    "equals": ({"Name": ["Alice"]}, {"Name": "Alice"}, {"Name": "alice"}),
    "equals, case": ({"Name": [{"equals-ignore-case": "alice"}]}, {"Name": "ALICE"}, {"Name": "alic"}),
    "ends with": ({"FileName": [{"suffix": ".png"}]}, {"FileName": "x.png"}, {"FileName": "x.png2"}),
    "ends with, case": ({"service": [{"suffix": {"equals-ignore-case": "tbridge"}}]}, {"service": "EventBridge"}, {"service": "bridge"}),
    "exists": ({"ProductName": [{"exists": True}]}, {"ProductName": "x"}, {"Other": "x"}),
    "does not exist": ({"ProductName": [{"exists": False}]}, {"Other": "x"}, {"ProductName": "x"}),
    "not": ({"Weather": [{"anything-but": ["Raining"]}]}, {"Weather": "Sunny"}, {"Weather": "Raining"}),
    "null": ({"UserID": [None]}, {"UserID": None}, {"UserID": ""}),
    "number": ({"Price": [{"numeric": ["=", 100]}]}, {"Price": 100}, {"Price": 101}),
    "range": ({"Price": [{"numeric": [">", 10, "<=", 20]}]}, {"Price": 20}, {"Price": 10}),
    "or": ({"PaymentType": ["Credit", "Debit"]}, {"PaymentType": "Debit"}, {"PaymentType": "Cash"}),
    "or, several fields": (
        {"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]},
        {"Location": "Rome", "Day": "Monday"},
        {"Day": "Sunday"},
    ),
    "wildcard": ({"FileName": [{"wildcard": "dir/*.png"}]}, {"FileName": "dir/a/b.png"}, {"FileName": "dir2/a.png"}),
    "address": ({"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}, {"sourceIPAddress": "10.0.0.255"}, {"sourceIPAddress": "10.0.1.0"}),
    "address, IPv6": (
        {"sourceIPAddress": [{"cidr": "2001:db8::/32"}]},
        {"sourceIPAddress": "2001:db8::1"},
        {"sourceIPAddress": "10.0.1.0"},
    ),
    "array": ({"resources": ["arn:1", "arn:2"]}, {"resources": ["arn:0", "arn:2"]}, {"resources": ["arn:0"]}),
    "several at once": (
        {
            "time": [{"prefix": "2017-10-02"}],
            "detail": {
                "state": [{"anything-but": "initializing"}],
                "c-count": [{"numeric": [">", 0, "<=", 5]}],
                "d-count": [{"numeric": ["<", 10]}],
                "x-limit": [{"anything-but": [100, 200, 300]}],
            },
        },
        {"time": "2017-10-02T18:43:48Z", "detail": {"state": "on", "c-count": 5, "d-count": 3, "x-limit": 301.8}},
        {"time": "2017-10-02T18:43:48Z", "detail": {"state": "on", "c-count": 5, "d-count": 3}},
    ),
    "or, with an exists inside": (
        {"detail": {"$or": [{"c-count": [{"numeric": [">", 0]}]}, {"d-count": [{"exists": False}]}]}},
        {"detail": {"c-count": 0}},
        {"detail": {"c-count": 0, "d-count": 3}},
    ),
    "a tag's change": (
        {"source": ["aws.tag"], "detail": {"service": ["ec2"], "resource-type": ["instance"], "changed-tag-keys": ["Backup"]}},
        {"source": "aws.tag", "detail": {"service": "ec2", "resource-type": "instance", "changed-tag-keys": ["Name", "Backup"]}},
        {"source": "aws.tag", "detail": {"service": "ec2", "resource-type": "instance", "changed-tag-keys": ["Name"]}},
    ),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_the_table_of_operators(name):
    pattern, matched, other = OPERATORS[name]
    check(pattern)
    assert (matches(pattern, matched), matches(pattern, other)) == (True, False)


TERMINATED = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
}
LAUNCHED = {
    "version": "0",
    "id": "3e3c153a-8339-4e30-8c35-687ebef853fe",
    "detail-type": "EC2 Instance Launch Successful",
    "source": "aws.autoscaling",
    "account": "123456789012",
    "time": "2015-11-11T21:31:47Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {"eventVersion": "", "responseElements": None},
}
FOUND = {
    "source": "aws.macie",
    "detail-type": "Macie Alert",
    "detail": {"tags": ["Custom_Alert", "Insider"], "risk-score": 80, "trigger": {"alert-type": "basic", "risk": 8}},
}
COUNTS = {"state": ["initializing", "running"], "c-count": {"c1": 100}}
OF_GROUP = [
    "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:eb56d16b-bbf0-401d-b893-d5978ed4a025:autoScalingGroupName/ASGTerminate",
    "arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f",
]
OF_ACCOUNTS = [f"arn:aws:ec2:us-east-1:{account}:instance/i-b188560f" for account in ("123456789012", "111122223333", "444455556666")]
CHANGE = "EC2 Instance State-change Notification"
NUMBERS = {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}
ANY_NUMBER = {"detail": {"$or": [{name: condition} for name, condition in NUMBERS.items()]}}
GUIDE = [
    ({"source": ["aws.ec2"], "detail-type": [CHANGE], "detail": {"state": ["terminated"]}}, TERMINATED, True),
    ({"source": ["aws.ec2"], "detail-type": [CHANGE], "detail": {"state": ["running"]}}, TERMINATED, False),
    ({"source": ["aws.ec2", "aws.fargate"]}, TERMINATED, True),
    ({"source": ["aws.autoscaling"], "detail-type": [LAUNCHED["detail-type"]], "detail": {"responseElements": [None]}}, LAUNCHED, True),
    ({"detail": {"eventVersion": [""]}}, LAUNCHED, True),
    ({"detail": {"responseElements": [""]}}, LAUNCHED, False),
    ({"detail": {"eventVersion": [None]}}, LAUNCHED, False),
    ({"source": ["aws.macie"], "detail-type": ["Macie Alert"], "detail": {"risk-score": [80], "trigger": {"risk": [8]}}}, FOUND, True),
    ({"source": ["aws.macie"], "detail-type": ["Macie Alert"], "detail": {"risk-score": [80], "trigger": {"risk": [80]}}}, FOUND, False),
    ({"resources": OF_ACCOUNTS}, {"resources": OF_GROUP}, True),
    ({"resources": OF_ACCOUNTS[1:]}, {"resources": OF_GROUP}, False),
    ({"detail": {"state": [{"exists": True}]}}, TERMINATED, True),
    ({"detail": {"state": [{"exists": True}]}}, {"detail-type": [CHANGE], "detail": {"c-count": {"c1": 100}}}, False),
    ({"detail": {"c-count": [{"exists": False}]}}, {"detail": {"state": ["initializing", "running"]}}, True),
    ({"detail": {"c-count": [{"exists": False}]}}, {"detail": COUNTS}, True),
    ({"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}, TERMINATED, True),
    ({"detail": NUMBERS}, {"detail": {"c-count": 5, "d-count": 3, "x-limit": 301.8}}, True),
    ({"detail": NUMBERS}, {"detail": {"c-count": 5, "d-count": 3, "x-limit": 301.9}}, False),
    (ANY_NUMBER, {"detail": {"c-count": 6, "d-count": 10, "x-limit": 301.8}}, True),
    (ANY_NUMBER, {"detail": {"c-count": 6, "d-count": 9, "x-limit": 1}}, True),
    (ANY_NUMBER, {"detail": {"c-count": 6, "d-count": 10, "x-limit": 1}}, False),
]


@pytest.mark.parametrize(("pattern", "event", "expected"), GUIDE)
def test_the_guides_events(pattern, event, expected):
    check(pattern)
    assert matches(pattern, event) is expected


@pytest.mark.parametrize(("location", "expected"), [("eu-west-1", True), ("us-east", False)])
def test_of_a_key_that_is_there_twice_the_last_counts(sandbox, location, expected):
    pattern = '{"detail": {"location": [{"prefix": "us-"}], "location": [{"anything-but": "us-east"}]}}'
    event = TERMINATED | {"detail": {"location": location}}
    answer = sandbox.client("events", "eu-west-1").test_event_pattern(EventPattern=pattern, Event=json.dumps(event))
    assert answer["Result"] is expected


RUNNING = TERMINATED | {
    "time": "2017-10-02T16:24:49Z",
    "detail": {"c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33", "state": "running"},
}
METRICS, NAMESPACES = {"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}
WATCH = {"source": ["aws.cloudwatch"]}
EITHER = WATCH | {"$or": [METRICS, NAMESPACES]}
BOTH = {"$or": [METRICS, NAMESPACES], "detail": {"$or": [WATCH, {"detail-type": ["CloudWatch Alarm State Change"]}]}}
INSIDE = WATCH | {"$or": [METRICS, {"metricType": ["MetricType"], **NAMESPACES}, {"scope": ["Service"]}]}
IDS = {"$or": [{"metricId": [1234]}, {"spaceId": [1000]}]}
NESTED = WATCH | {"$or": [METRICS, {"metricType": ["MetricType"], **NAMESPACES, **IDS}, {"scope": ["Service"]}]}
FIELD = WATCH | {"$or": {"metricType": ["MetricType"], **NAMESPACES}}
OF_WATCH = {"source": "aws.cloudwatch"}
TYPED = OF_WATCH | {"metricType": "MetricType", "namespace": "AWS/EC2"}
RULER = [
    ({"detail-type": [CHANGE], "resources": RUNNING["resources"], "detail": {"state": ["initializing", "running"]}}, RUNNING, True),
    ({"time": [{"prefix": "2017-10-02"}]}, RUNNING, True),
    ({"source": [{"suffix": "ec2"}]}, RUNNING, True),
    ({"source": [{"equals-ignore-case": "EC2"}]}, RUNNING, False),
    ({"detail": {"x-limit": [{"anything-but": 123}]}}, RUNNING, True),
    ({"detail": {"state": [{"anything-but": {"prefix": "init"}}]}}, RUNNING, True),
    ({"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}, RUNNING, True),
    ({"detail": {"c-count": [{"exists": True}]}}, RUNNING, True),
    ({"detail": {"c-count": [{"exists": False}]}}, RUNNING, False),
    (EITHER, OF_WATCH | {"metricName": "ReadLatency"}, True),
    (EITHER, OF_WATCH | {"namespace": "AWS/EC2"}, True),
    (EITHER, OF_WATCH, False),
    (EITHER, {"namespace": "AWS/EC2"}, False),
    (BOTH, {"metricName": "ReadLatency", "detail": {"detail-type": "CloudWatch Alarm State Change"}}, True),
    (BOTH, {"metricName": "ReadLatency", "detail": {"source": "aws.ec2"}}, False),
    (INSIDE, OF_WATCH | {"scope": "Service"}, True),
    (INSIDE, TYPED, True),
    (INSIDE, OF_WATCH | {"namespace": "AWS/EC2"}, False),
    (NESTED, TYPED | {"spaceId": 1000}, True),
    (NESTED, TYPED | {"spaceId": 1001}, False),
    (NESTED, TYPED, False),
    (FIELD, OF_WATCH | {"$or": {"metricType": "MetricType", "namespace": "AWS/ES"}}, True),
    (FIELD, TYPED, False),
]


@pytest.mark.parametrize(("pattern", "event", "expected"), RULER)
def test_event_rulers_examples(pattern, event, expected):
    check(pattern)
    assert matches(pattern, event) is expected
