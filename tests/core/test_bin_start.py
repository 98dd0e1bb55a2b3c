"""What starts the guard, and where."""

import pytest

from functions.core.bin.start import parse
from functions.core.errors import EventError
from tests.builders import HOME, RECOVERY, config

EVERYWHERE = (HOME, RECOVERY)
TIME = {"time": "2027-03-28T12:00:00Z"}


def event(source, region, detail, kind=""):
    return TIME | {"source": source, "detail-type": kind, "region": region, "detail": detail}


def call(role=None, **detail):
    issuer = {"sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::123456789012:role/{role}"}}} if role else {"type": "IAMUser"}
    return event("aws.rbin", RECOVERY, {"eventName": "UpdateRule", "userIdentity": issuer} | detail, "AWS API Call via CloudTrail")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (TIME, EVERYWHERE),
        (event("aws.cloudformation", RECOVERY, {"stack-id": "arn"}), EVERYWHERE),
        (event("aws.rbin", HOME, {"rule-id": "a12345abcde"}), (HOME,)),
        (event("aws.rbin", RECOVERY, {"rule-id": "a12345abcde"}), (RECOVERY,)),
        (event("aws.rbin", "us-east-1", {"rule-id": "a12345abcde"}), ()),
        (call(), (RECOVERY,)),
        (call("administrators"), (RECOVERY,)),
        (call("nightkeep-us-east-1-guard-bin"), (RECOVERY,)),
        (call(f"nightkeep-{HOME}-guard-bin"), ()),
        (call(errorCode="ConflictException"), ()),
    ],
)
def test_where_it_looks(given, expected):
    assert parse(given).regions(config()) == expected


def test_only_a_change_attempted_is_about_a_rule():
    detail = {"rule-id": "a12345abcde", "api-name": "DeleteRule"}
    attempted = parse(event("aws.rbin", HOME, detail, "Recycle Bin Rule Change Attempted"))
    assert (attempted.attempted_on, attempted.api_name) == ("a12345abcde", "DeleteRule")
    assert parse(event("aws.rbin", HOME, detail, "Recycle Bin Rule Locked")).attempted_on is None
    assert parse(TIME).attempted_on is None


@pytest.mark.parametrize("given", [{}, {"time": "soon"}, {"time": "2027-03-28T12:00:00"}])
def test_anything_else_is_refused(given):
    with pytest.raises(EventError, match="schedule, or an event"):
        parse(given)
