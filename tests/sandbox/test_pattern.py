"""Event patterns, operator by operator as EventBridge documents them; its own examples are in test_pattern_examples.py."""

import pytest

from sandbox.events.operators import PatternError
from sandbox.events.pattern import check, matches

pytestmark = pytest.mark.facts("3.7")

EVENT = {
    "source": "aws.ec2",
    "detail-type": "EC2 AMI State Change",
    "account": "123456789012",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "State": "available",
        "count": 5,
        "size": 1.5,
        "ok": True,
        "none": None,
        "empty": "",
        "ip": "10.0.0.7",
        "tags": {"Name": "Web-1"},
        "list": [1, 2],
        "items": [{"a": 1, "b": 2}, {"a": 3}],
        "void": [],
        "nested": [[{"a": 1, "b": 2}], [{"a": 3, "c": 4}, "x"]],
        "dotted.name": "yes",
    },
}

CASES = [
    ({"source": ["aws.ec2"]}, True),
    ({"source": ["aws.s3", "aws.ec2"]}, True),
    ({"source": ["AWS.ec2"]}, False),
    ({"resources": ["arn:b"]}, True),
    ({"resources": ["arn:c"]}, False),
    ({"detail": {"State": ["available", "failed"]}, "source": ["aws.ec2"]}, True),
    ({"detail": {"State": ["failed"]}, "source": ["aws.ec2"]}, False),
    ({"detail": {"count": [5]}}, True),
    ({"detail": {"count": ["5"]}}, False),
    ({"detail": {"count": [5.0]}}, False),
    ({"detail": {"ok": [True]}}, True),
    ({"detail": {"ok": [1]}}, False),
    ({"detail": {"none": [None]}}, True),
    ({"detail": {"empty": [""]}}, True),
    ({"detail": {"missing": [None]}}, False),
    ({"detail": {"list": [2]}}, True),
    ({"detail": {"items": {"a": [3]}}}, True),
    ({"detail": {"items": {"a": [3], "b": [2]}}}, False),
    ({"detail": {"State": [{"prefix": "avail"}]}}, True),
    ({"detail": {"State": [{"prefix": {"equals-ignore-case": "AVAIL"}}]}}, True),
    ({"detail": {"State": [{"prefix": "AVAIL"}]}}, False),
    ({"detail": {"State": [{"suffix": "able"}]}}, True),
    ({"detail": {"State": [{"suffix": {"equals-ignore-case": "ABLE"}}]}}, True),
    ({"detail": {"State": [{"anything-but": "failed"}]}}, True),
    ({"detail": {"State": [{"anything-but": ["failed", "available"]}]}}, False),
    ({"detail": {"count": [{"anything-but": [5]}]}}, False),
    ({"detail": {"State": [{"anything-but": {"prefix": "fail"}}]}}, True),
    ({"detail": {"State": [{"anything-but": {"prefix": ["fail", "avail"]}}]}}, False),
    ({"detail": {"State": [{"anything-but": {"suffix": "able"}}]}}, False),
    ({"detail": {"State": [{"anything-but": {"equals-ignore-case": ["AVAILABLE"]}}]}}, False),
    ({"detail": {"State": [{"anything-but": {"wildcard": "a*e"}}]}}, False),
    ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
    ({"detail": {"State": [{"exists": True}]}}, True),
    ({"detail": {"State": [{"exists": False}]}}, False),
    ({"detail": {"missing": [{"exists": False}]}}, True),
    ({"detail": {"missing": [{"exists": True}]}}, False),
    ({"detail": {"missing": {"deeper": [{"exists": False}]}}}, True),
    ({"detail": {"tags": [{"exists": True}]}}, False),
    ({"detail": {"void": [{"exists": False}]}}, True),
    ({"detail": {"missing": [{"exists": False}, "x"]}}, True),
    ({"detail": {"count": [{"numeric": [">", 4]}]}}, True),
    ({"detail": {"count": [{"numeric": [">", 0, "<=", 5]}]}}, True),
    ({"detail": {"count": [{"numeric": ["=", 5.0]}]}}, True),
    ({"detail": {"count": [{"numeric": ["<", 5]}]}}, False),
    ({"detail": {"State": [{"numeric": ["<", 5]}]}}, False),
    ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
    ({"detail": {"ip": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"detail": {"State": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"detail": {"State": [{"equals-ignore-case": "AVAILABLE"}]}}, True),
    ({"detail": {"State": [{"wildcard": "av*la*"}]}}, True),
    ({"detail": {"State": [{"wildcard": "av*x"}]}}, False),
    ({"$or": [{"source": ["x"]}, {"account": ["123456789012"]}]}, True),
    ({"$or": [{"source": ["x"]}, {"account": ["1"]}]}, False),
    ({"detail": {"$or": [{"count": [{"numeric": [">", 9]}]}, {"ok": [True]}], "State": ["available"]}}, True),
    ({"detail": {"$or": [{"count": [5]}, {"ok": [True]}], "State": ["failed"]}}, False),
    ({"detail": {"none": [""]}}, False),
    ({"detail": {"empty": [None]}}, False),
    ({"detail": {"none": [{"exists": True}]}}, True),
    ({"detail": {"empty": [{"prefix": ""}]}}, True),
    ({"detail": {"tags": [{"exists": False}]}}, True),
    ({"detail": {"items": {"b": [{"exists": False}], "a": [3]}}}, False),
    ({"detail": {"items": [{"exists": False}]}}, True),
    ({"detail": {"nested": {"a": [3], "c": [4]}}}, True),
    ({"detail": {"nested": {"a": [1], "c": [4]}}}, False),
    ({"detail": {"nested": ["x"]}}, True),
    ({"detail": {"list": [{"anything-but": 1}]}}, True),
    ({"detail": {"list": [{"anything-but": [1, 2]}]}}, False),
    ({"detail": {"count": [{"anything-but": {"prefix": "5"}}]}}, True),
    ({"detail": {"none": [{"anything-but": "x"}]}}, True),
    ({"detail": {"dotted": {"name": ["yes"]}}}, True),
    ({"$or": {"source": ["aws.ec2"]}}, False),
    ({"source": ["aws.ec2"], "$or": [{"account": ["1"]}, {"detail": {"ok": [True], "$or": [{"count": [9]}, {"size": [1.5]}]}}]}, True),
    ({"source": ["aws.ec2"], "$or": [{"account": ["1"]}, {"detail": {"ok": [True], "$or": [{"count": [9]}, {"size": [2.5]}]}}]}, False),
]


@pytest.mark.parametrize(("pattern", "expected"), CASES)
def test_matching(pattern, expected):
    check(pattern)
    assert matches(pattern, EVENT) is expected


def test_a_star_can_be_escaped():
    assert matches({"k": [{"wildcard": r"a\*b"}]}, {"k": "a*b"})
    assert not matches({"k": [{"wildcard": r"a\*b"}]}, {"k": "axb"})
    assert matches({"k": [{"wildcard": r"a\\*"}]}, {"k": "a\\x"})


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"a": "b"},
        {"a": []},
        {"a": [{"bigger": 3}]},
        {"a": [{"numeric": ["~", 3]}]},
        {"a": [{"numeric": [">"]}]},
        {"a": [["b"]]},
        {"a": [{"exists": "yes"}]},
        {"a": [{"wildcard": "**"}]},
        {"a": [{"prefix": 3}]},
        {"a": [{"anything-but": []}]},
        {"a": [{"cidr": "x"}]},
        [],
        {"a": {}},
        {"a": 3},
        {"a": [{}]},
        {"a": [{"prefix": "x", "suffix": "y"}]},
        {"a": [{"anything-but": ["x", 3]}]},
        {"a": [{"anything-but": [True]}]},
        {"a": [{"anything-but": {"numeric": ["=", 3]}}]},
        {"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]},
        {"a": [{"anything-but": {"prefix": ""}}]},
        {"a": [{"anything-but": {"prefix": []}}]},
        {"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]},
        {"a": [{"numeric": [">", 5, "<", 5]}]},
        {"a": [{"numeric": ["<", 5, ">", 3]}]},
        {"a": [{"numeric": ["=", 5, "=", 5]}]},
        {"a": [{"numeric": [">", 6e9]}]},
        {"a": [{"numeric": [">", "5"]}]},
        {"a": [{"wildcard": "a\\b"}]},
        {"a": [{"wildcard": "a\\"}]},
        {"$or": []},
        {"$or": [{"a": [1]}]},
        {"$or": [{"a": [1]}, {}]},
        {"$or": [{"prefix": "a"}, {"a": [1]}]},
        {"a": {"$or": [{"b": [1]}, "c"]}},
    ],
)
def test_what_eventbridge_refuses(pattern):
    with pytest.raises(PatternError):
        check(pattern)


@pytest.mark.parametrize(("branches", "taken"), [(3, True), (4, False)])
def test_or_makes_a_thousand_combinations_at_most(branches, taken):
    ten = [{"x": [number]} for number in range(10)]
    pattern = {f"field{number}": {"$or": ten} for number in range(branches)}
    if taken:
        check(pattern)
    else:
        with pytest.raises(PatternError, match="1000 combinations"):
            check(pattern)


@pytest.mark.parametrize(("text", "taken"), [("*/lib/*", True), ("*a*a*a*a*", True), ("*a*a*a*a*a*a*a*", False), ("x*" + "y" * 12, False)])
def test_wildcards_can_be_too_complex(text, taken):
    for condition in ({"wildcard": text}, {"anything-but": {"wildcard": [text]}}):
        if taken:
            check({"a": [condition]})
        else:
            with pytest.raises(PatternError, match="too complex"):
                check({"a": [condition]})
