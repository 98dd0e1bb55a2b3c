"""What is kept of images and snapshots between two answers is never old, and nobody's answer is a part of it."""

from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import get_args, get_origin, get_type_hints

import pytest

from sandbox.ec2 import image_view, records, snapshot_view
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.ec2.shown import Views

pytestmark = pytest.mark.own
HOME, DAY, OTHER = "ap-south-1", timedelta(days=1), "210987654321"


@pytest.fixture
def image(take):
    return take(tags={"Name": "web", "Backup": "nightly"})


@pytest.fixture
def snapshot(home, image):
    return home.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


@pytest.fixture
def seen(sandbox, home, image, snapshot):
    """What describes show of the image and of its snapshot; each is what would be shown if nothing were kept."""
    region = sandbox.ec2.store.region(HOME)

    def shown(answer, kept, members):
        made = [members(kept[key], region.tags.of(key)) for key in sorted(kept)]
        recorded = next(iter(sandbox.gateway.calls[-1].response.values()))
        assert recorded == [{name: value for name, value in one.items() if value is not None} for one in made]
        assert [list(one) for one in answer] == [list(one) for one in recorded]
        return answer

    def seen():
        images = home.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
        shown(images, {**region.images, **region.departing}, image_view._members)
        snapshots = home.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        return images, shown(snapshots, region.snapshots, snapshot_view._members)

    return seen


def shared(home, clock, image, _):
    home.disable_image_block_public_access()
    clock.run_for(timedelta(minutes=11))
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})


def disabled(home, clock, image, _):
    home.disable_image(ImageId=image)


def deprecated(home, clock, image, _):
    home.enable_image_deprecation(ImageId=image, DeprecateAt=clock.now() + DAY)


def protected(home, clock, image, _):
    home.enable_image_deregistration_protection(ImageId=image)


def described(home, clock, image, _):
    home.modify_image_attribute(ImageId=image, Description={"Value": "another"})


def with_metadata_options(home, clock, image, _):
    home.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v2.0"})


def launched(home, clock, image, _):
    home.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    clock.run_for(DAY + timedelta(minutes=1))


def deregistered(home, clock, image, _):
    home.deregister_image(ImageId=image)


def tagged(home, clock, *resources):
    home.create_tags(Resources=resources, Tags=[{"Key": "Name", "Value": "database"}])


def untagged(home, clock, *resources):
    home.delete_tags(Resources=resources, Tags=[{"Key": "Name"}])


def tagged_in_another_order(home, clock, *resources):
    untagged(home, clock, *resources)
    home.create_tags(Resources=resources, Tags=[{"Key": "Name", "Value": "web"}])


def archived(home, clock, image, snapshot):
    home.disable_image(ImageId=image)
    home.modify_snapshot_tier(SnapshotId=snapshot)
    clock.run_for(DAY + timedelta(minutes=1))


@pytest.mark.parametrize(
    "change",
    [
        shared,
        disabled,
        deprecated,
        protected,
        described,
        with_metadata_options,
        launched,
        deregistered,
        tagged,
        untagged,
        tagged_in_another_order,
        archived,
    ],
)
def test_a_change_is_seen_at_once(sandbox, home, image, snapshot, seen, change):
    home.create_tags(Resources=[snapshot], Tags=[{"Key": "Name", "Value": "web"}, {"Key": "Backup", "Value": "nightly"}])
    before = seen()
    assert seen() == before
    change(home, sandbox.clock, image, snapshot)
    after = seen()
    assert after[0] != before[0]
    if change in {tagged, untagged, tagged_in_another_order, archived}:
        assert after[1] != before[1]
    assert seen() == after


def test_a_copy_is_seen_as_it_grows(sandbox, recovery, image):
    recovery.copy_image(Name="a copy", SourceImageId=image, SourceRegion=HOME)
    found = []
    for _ in range(12):
        sandbox.clock.run_for(timedelta(minutes=1))
        [snapshot] = recovery.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        [copy] = recovery.describe_images(Owners=["self"])["Images"]
        found.append((snapshot["State"], copy["State"], "FullSnapshotSizeInBytes" in snapshot))
    assert list(dict.fromkeys(found)) == [
        ("pending", "pending", False),
        ("completed", "pending", True),
        ("completed", "available", True),
    ]


def test_what_comes_back_from_the_bin_is_shown_as_it_is_then(sandbox, home, armed, image, seen):
    before = seen()[0]
    home.deregister_image(ImageId=image)
    sandbox.clock.run_for(timedelta(minutes=1))
    assert seen()[0] == []
    home.create_tags(Resources=[image], Tags=[{"Key": "Name", "Value": "database"}])
    home.restore_image_from_recycle_bin(ImageId=image)
    sandbox.clock.run_for(timedelta(minutes=1))
    [restored] = seen()[0]
    assert restored != before[0]
    assert {"Key": "Name", "Value": "database"} in restored["Tags"]


def spoil(value):
    """Change all of an answer that can be changed."""
    for part in list(value.values() if isinstance(value, dict) else value):
        if isinstance(part, (dict, list)):
            spoil(part)
    value.clear()


@pytest.mark.parametrize("call", ["describe_images", "describe_snapshots"])
def test_who_changes_an_answer_changes_no_other(sandbox, home, image, snapshot, call):
    home.create_tags(Resources=[snapshot], Tags=[{"Key": "Name", "Value": "web"}])
    home.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v2.0"})
    answers = [getattr(home, call)() for _ in range(3)]
    recorded = sandbox.gateway.calls[-1].response
    first, remembered = (
        {name: deepcopy(value) for name, value in one.items() if name != "ResponseMetadata"} for one in (answers[0], recorded)
    )
    spoil(answers[0])
    spoil(answers[2])
    for answer in (answers[1], getattr(home, call)()):
        assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == first
    assert recorded == remembered


def test_a_record_of_equal_answers_holds_them_once(sandbox, home, image):
    for _ in range(2):
        home.describe_images(ImageIds=[image])
    home.create_tags(Resources=[image], Tags=[{"Key": "one", "Value": "more"}])
    home.delete_tags(Resources=[image], Tags=[{"Key": "one"}])
    home.describe_images(ImageIds=[image])
    shown = [call.response["Images"][0] for call in sandbox.gateway.calls if call.operation == "DescribeImages"]
    assert len({id(one) for one in shown[-3:]}) == 1


def test_another_record_of_the_same_id_is_shown_as_it_is():
    views, tags, before = Views(), {}, PUBLIC_IMAGES["ami-0linux"]
    after = replace(before, state="deregistered")
    assert after.revision == before.revision
    assert [views.of(one, tags, image_view._members)["State"] for one in (before, after, before)] == [
        "available",
        "deregistered",
        "available",
    ]


def kinds(hint):
    """A type's and its arguments' types."""
    yield get_origin(hint) or hint
    for one in get_args(hint):
        yield from kinds(one)


@pytest.mark.parametrize("record", [records.Image, records.Snapshot])
def test_fields_hold_what_cannot_be_changed_in_place(record):
    """Or a change would not be counted."""
    hints = get_type_hints(record)
    for one in fields(record):
        for kind in kinds(hints[one.name]):
            assert kind not in {list, dict, set}, one.name
            assert not is_dataclass(kind) or kind.__dataclass_params__.frozen, one.name
