"""Parameters that go without HTTP are such as botocore takes: it does not look at them again."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from moto.core.utils import get_service_model

from sandbox.plain_parameters import copied

pytestmark = pytest.mark.own


class Word(StrEnum):
    A = "a"


OPERATIONS = {
    "ec2": (
        "CopyImage",
        "CreateImage",
        "CreateTags",
        "DescribeImageReferences",
        "DescribeImages",
        "DescribeInstances",
        "ModifyImageAttribute",
    ),
    "rbin": ("CreateRule", "ListRules", "LockRule", "TagResource", "UpdateRule"),
}
SHAPES = [get_service_model(service).operation_model(name).input_shape for service, names in OPERATIONS.items() for name in names]
ODD = st.sampled_from([None, 1, True, "", "a", [], {}, (), ("a",), 1.5, b"x", Word.A, datetime(2027, 1, 1, tzinfo=UTC), {"a": 1}, -1])
VALUES = {
    "string": st.text("aé\ud800", max_size=4),
    "integer": st.integers(-2, 1001),
    "long": st.integers(-2, 1001),
    "boolean": st.booleans(),
    "timestamp": st.just(datetime(2027, 1, 1, tzinfo=UTC)),
}


def parameters(shape):
    """Values of a shape, some of them nearly."""
    match shape.type_name:
        case "structure":
            members = {name: parameters(member) for name, member in shape.members.items()}
            needed = {name: members[name] for name in shape.required_members}
            whole = st.fixed_dictionaries(needed, optional={name: one for name, one in members.items() if name not in needed})
            right = whole | st.fixed_dictionaries({}, optional=members)
        case "list":
            right = st.lists(parameters(shape.member), max_size=2)
        case kind:
            right = VALUES[kind]
    return right | right | right | ODD


@given(st.sampled_from(SHAPES).flatmap(lambda shape: st.tuples(st.just(shape), parameters(shape))))
def test_what_is_taken_is_what_botocore_takes(asked):
    shape, given_ = asked
    found = copied(shape, given_) if isinstance(given_, dict) else None
    if found is not None:
        assert found == given_
        assert not ParamValidator().validate(given_, shape).has_errors()


def test_most_of_what_is_right_is_taken():
    found = copied(
        get_service_model("ec2").operation_model("CopyImage").input_shape,
        right := {"Name": "abc", "SourceImageId": "a", "SourceRegion": "b"},
    )
    assert found == right
