"""What cannot be imaged is said with its reason, and the night goes on for all others."""

import json
from datetime import timedelta

import pytest

from tests.stories.keys import customer_key, encrypted_root
from tests.stories.world import HOME, RECOVERY, start_at

MARKETPLACE = "In order to use this AWS Marketplace product you need to accept terms and subscribe."
TAG_POLICY = "The tag policy does not allow the specified value for the following tag key: 'CostCenter'."


def refuse(story, operation, code, message, picks):
    """Let EC2 refuse a call of Nightkeep's that `picks` picks."""
    faults, guards = story.sandbox.faults, story.sandbox.gateway.guards

    def guard(request):
        if request.operation == operation and picks(request.parameters):
            faults.refuse("ec2", operation, None, code, status=400, times=1, message=message)

    guards.insert(guards.index(faults.guard), guard)


def told(story, instance, event="image.take"):
    return {(record["status"], record["reason"]) for record in story.records(event, instance_id=instance)}


@pytest.mark.facts("1.1")
def test_what_ec2_makes_no_image_of_is_skipped_with_its_reason(world):
    story = world()
    [good] = story.launch()
    [store] = story.launch(image="ami-0instancestore")
    [rootless] = story.launch()
    story.ec2().stop_instances(InstanceIds=[rootless])
    story.sandbox.clock.run_for(timedelta(minutes=5))
    [[shown]] = [each["Instances"] for each in story.ec2().describe_instances(InstanceIds=[rootless])["Reservations"]]
    story.ec2().detach_volume(VolumeId=shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])
    [gone] = story.launch()
    story.sandbox.clock.run_until(start_at(1, 59))
    specification = [{"ResourceType": "instance", "Tags": [{"Key": "Backup", "Value": "nightly"}]}]
    story.sandbox.clock.at(start_at(2) - timedelta(seconds=1), lambda: started.append(launch_one(story, specification)))
    started = []
    story.sandbox.clock.at(start_at(2) + timedelta(seconds=2), lambda: story.ec2().terminate_instances(InstanceIds=[gone]))
    story.nights(1)

    [late] = started
    assert {image["SourceInstanceId"] for image in story.images(HOME, state="available")} == {good, late}
    assert told(story, store) == {("skipped", "instance_store_root")}
    assert "docs/instance-store.md" in story.records("image.take", instance_id=store)[0]["detail"]["advice"]
    assert told(story, rootless) == {("skipped", "root_detached")}
    assert told(story, gone) <= {("skipped", "instance_state"), ("skipped", "instance_gone")}
    assert told(story, gone)
    assert told(story, late) == {("skipped", "instance_state"), ("done", "missing")}
    assert [record["reason"] for record in story.records("night.verdict")] == ["ok"]
    assert story.records(status="failed") == []


def launch_one(story, specification):
    made = story.ec2().run_instances(ImageId="ami-0linux", InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=specification)
    return made["Instances"][0]["InstanceId"]


def test_refusals_of_one_instance_stop_no_other(world):
    story = world()
    good, sold, untagged = story.launch(3)
    refuse(story, "CreateImage", "OptInRequired", MARKETPLACE, lambda asked: asked["InstanceId"] == sold)
    refuse(story, "CreateImage", "TagPolicyViolation", TAG_POLICY, lambda asked: asked["InstanceId"] == untagged)
    story.nights(1)
    assert {image["SourceInstanceId"] for image in story.images(HOME, state="available")} == {good}
    assert len(story.good(RECOVERY)) == 1
    assert told(story, sold) == {("failed", "marketplace")}
    assert told(story, untagged) == {("failed", "tag_policy")}
    assert story.records("image.take", instance_id=untagged)[0]["detail"]["message"].endswith(TAG_POLICY)
    [verdict] = story.records("night.verdict")
    assert (verdict["reason"], sorted(verdict["detail"]["lacking"])) == ("partial", sorted([sold, untagged]))


@pytest.mark.facts("5.1")
def test_volumes_whose_keys_cannot_be_used_fail_with_that_reason_until_they_can(world):
    story = world()
    kms, keys = story.sandbox.client("kms", HOME), [customer_key(story) for _ in range(2)]
    [good] = story.launch(**encrypted_root(customer_key(story)))
    [disabled], [denied] = (story.launch(**encrypted_root(key)) for key in keys)
    kms.disable_key(KeyId=keys[0])
    works = kms.get_key_policy(KeyId=keys[1], PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=keys[1], PolicyName="default", Policy=denying("kms:CreateGrant", works))
    story.nights(1)
    assert {image["SourceInstanceId"] for image in story.images(HOME, state="available")} == {good}
    assert len(story.good(RECOVERY)) == 1
    for instance in (disabled, denied):
        assert {("failed", "key_refused"), ("failed", "attempts_exhausted")} <= told(story, instance)
    [verdict] = story.records("night.verdict")
    assert (verdict["reason"], sorted(verdict["detail"]["lacking"])) == ("partial", sorted([disabled, denied]))
    kms.enable_key(KeyId=keys[0])
    kms.put_key_policy(KeyId=keys[1], PolicyName="default", Policy=works)
    story.nights(1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 4


def denying(action, policy):
    """A key's policy that allows what it did, and nobody this."""
    document = json.loads(policy)
    return json.dumps(
        document | {"Statement": [*document["Statement"], {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}]}
    )
