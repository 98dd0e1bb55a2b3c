"""What is exposed is told once a day, says what to do, and costs no night anything."""

import pytest

from tests.stories.keys import customer_key, encrypted_root
from tests.stories.retiring import RETIRING, arm, history, only_retire, retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY

TWO = f'{NIGHTLY}\n[policies.noon]\nschedule = "cron(0 12 * * ? *)"\nfirst_image = "none"\n'


def advised(record):
    advice = record["detail"]["advice"]
    return [text.rpartition("/")[2] for text in ([advice] if isinstance(advice, str) else advice)]


def test_volumes_not_encrypted_or_under_awss_own_key_are_told_once_a_day_however_many_policies(world):
    story = world(TWO)
    [bare] = story.launch(backup="nightly noon")
    [default] = story.launch(backup="nightly noon", **encrypted_root())
    [good] = story.launch(**encrypted_root(customer_key(story)))
    [untagged] = story.launch(backup=None)
    story.nights(2)
    found = [(record["instance_id"], record["reason"], *advised(record)) for record in story.records("instance.check")]
    assert sorted(found) == sorted(2 * [(bare, "not_encrypted", "findings.md#not_encrypted"), (default, "aws_key", "findings.md#aws_key")])
    assert {good, untagged}.isdisjoint({instance for instance, *_ in found})
    [[volume]] = [record["detail"]["aws_key"] for record in story.records("instance.check", instance_id=default)[:1]]
    assert volume.startswith("vol-")
    assert {record["reason"] for record in story.records("night.verdict")} == {"ok"}
    assert story.records(status="failed") == []
    assert len([call for call in story.calls("DescribeVolumes") if call.caller.endswith("-sweep")]) == 2
    assert len([call for call in story.calls("DescribeKey", service="kms") if call.parameters["KeyId"] == "alias/aws/ebs"]) == 2


@pytest.mark.facts("1.10")
def test_public_and_shared_images_are_told_daily(world):
    story = world(RETIRING)
    arm(story)
    only_retire(story)
    [instance] = story.launch()
    first, second = history(story, [instance], 2)
    ec2 = story.ec2()
    ec2.disable_image_block_public_access()
    ec2.modify_image_attribute(ImageId=first[instance, HOME], LaunchPermission={"Add": [{"Group": "all"}]})
    ec2.modify_image_attribute(ImageId=second[instance, HOME], LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    story.ec2(RECOVERY).modify_image_attribute(ImageId=first[instance, RECOVERY], LaunchPermission={"Add": [{"UserId": "444455556666"}]})
    retire(story)
    found = {record["resource_id"]: record for record in story.records("image.check")}
    assert {key: record["reason"] for key, record in found.items()} == {
        first[instance, HOME]: "public",
        second[instance, HOME]: "shared",
        first[instance, RECOVERY]: "shared",
    }
    assert found[second[instance, HOME]]["detail"]["with"] == ["111122223333"]
    assert {advised(record)[0] for record in found.values()} == {"findings.md#public", "findings.md#shared"}
    assert story.records(status="failed") == []


def test_what_cannot_be_looked_at_is_told_and_holds_up_nothing(world):
    story = world()
    story.launch(**encrypted_root())
    story.sandbox.faults.refuse("ec2", "DescribeVolumes", HOME, "UnauthorizedOperation", status=403)
    story.nights(1)
    [record] = story.records("instance.check")
    assert (record["status"], record["reason"]) == ("failed", "aws_refused")
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 1
    assert [record["reason"] for record in story.records("night.verdict")] == ["ok"]
    story.sandbox.faults.clear()
    story.sandbox.faults.refuse("ec2", "DescribeImageAttribute", RECOVERY, "UnauthorizedOperation", status=403)
    story.until(13)
    assert [(record["region"], record["reason"]) for record in story.records("image.check")] == [(RECOVERY, "aws_refused")]
    assert story.records("retire.planned")[-1]["status"] == "done"
