"""What is told of volumes and images that more people can get at than may be meant, or fewer than a restore needs; and which images are asked about today."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core import exposure
from functions.core.record import Reason, Status
from functions.core.values import Attached, Volume
from tests.builders import SLOT, config, image, instance

AWS, OWN = "arn:aws:kms:ap-south-1:1:key/aws", "arn:aws:kms:ap-south-1:1:key/own"
HOLDING = instance(attached=(Attached("/dev/xvda", "vol-root"), Attached("/dev/sdf", "vol-data")), root_device="/dev/xvda")
LEAN = {"volumes": {"leave_out": {"devices": ["/dev/sdf"]}}}


def volumes(root, data):
    """Under these keys; None is not encrypted."""
    return {name: Volume(name, 8, key is not None, key) for name, key in (("vol-root", root), ("vol-data", data))}


def told(conf, seen, one=HOLDING, aws_key=AWS):
    outcome = exposure.of_instance(conf, one, seen, aws_key)
    return None if outcome is None else (outcome.reason, {key: ids for key, ids in outcome.detail.items() if key != "advice"})


@pytest.mark.parametrize(
    ("root", "data", "expected"),
    [
        (OWN, OWN, None),
        (None, OWN, (Reason.NOT_ENCRYPTED, {"not_encrypted": ["vol-root"]})),
        (AWS, OWN, (Reason.AWS_KEY, {"aws_key": ["vol-root"]})),
        (AWS, None, (Reason.NOT_ENCRYPTED, {"not_encrypted": ["vol-data"], "aws_key": ["vol-root"]})),
    ],
)
def test_volumes_that_are_not_encrypted_or_under_awss_own_key_are_told(root, data, expected):
    assert told(config(), volumes(root, data)) == expected


def test_each_kind_says_what_to_do_and_none_is_a_failure():
    outcome = exposure.of_instance(config(), HOLDING, volumes(AWS, None), AWS)
    assert outcome.status is Status.SKIPPED
    assert [advice.rpartition("#")[2] for advice in outcome.detail["advice"]] == ["not_encrypted", "aws_key"]


def test_where_nobody_knows_awss_key_no_volume_is_under_it():
    assert told(config(), {**volumes(OWN, OWN), "vol-data": Volume("vol-data", 8, encrypted=True)}, aws_key=None) is None


@pytest.mark.parametrize(
    ("backup", "expected"),
    [
        ("lean", None),
        ("lean nightly", (Reason.NOT_ENCRYPTED, {"not_encrypted": ["vol-data"]})),  # the other policy's images have it
        ("off", None),
        ("lean nigthly", None),
    ],
)
def test_only_what_images_have_counts(backup, expected):
    conf = config(lean=LEAN, nightly={})
    assert told(conf, volumes(OWN, None), replace(HOLDING, tags={"Backup": backup})) == expected


def test_public_and_shared_images_are_told_with_whom():
    assert exposure.of_public(image()) is None
    assert exposure.of_public(image(public=True)).reason is Reason.PUBLIC
    assert exposure.of_permissions(image(), []) is None
    with_many = [{"UserId": f"{number:012}"} for number in range(60)] + [{"OrganizationArn": "arn:aws:organizations::1:organization/o-1"}]
    outcome = exposure.of_permissions(image(), with_many)
    assert (outcome.reason, outcome.detail["count"], len(outcome.detail["with"])) == (Reason.SHARED, 61, 50)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1500), st.integers(0, 10_000))
def test_a_day_asks_a_hundred_at_most_and_each_image_has_its_turn(count, day):
    listed = [image(number) for number in range(count)]
    shares = [exposure.share(listed, SLOT + timedelta(days=day + number)) for number in range(64)]
    assert max(map(len, shares)) <= exposure.ASKED
    assert {one.image_id for share in shares for one in share} == {one.image_id for one in listed}
    if count <= exposure.ASKED:
        assert len(shares[0]) == count


def test_an_image_keeps_its_turn_while_the_fleet_grows():
    few = [image(number) for number in range(180)]
    many = [image(number) for number in range(900)]
    old = {one.image_id for number in range(16) for one in exposure.share(few if number % 2 else many, SLOT + timedelta(days=number))}
    assert {one.image_id for one in few} <= old
