"""The whole envelope of each event that AWS services send, and the bus it comes up on."""

import re
from datetime import timedelta

import pytest

from tests.sandbox.apps import HOME, RECOVERY, App, queue

ACCOUNT = "123456789012"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"2027-03-\d\dT\d\d:\d\d:\d\dZ"
IMAGES, SNAPSHOTS = "EC2 AMI State Change", "EBS Snapshot Notification"
VOLUMES = "EBS Volume Notification"
TAGS, INSTANCES, STACKS = "Tag Change on Resource", "EC2 Instance State-change Notification", "CloudFormation Stack Status Change"


class Like:
    """Equal to every text of a form."""

    def __init__(self, form):
        self.form = form

    def __eq__(self, other):
        return isinstance(other, str) and re.fullmatch(self.form, other) is not None

    def __hash__(self):
        return hash(self.form)

    def __repr__(self):
        return f"<like {self.form}>"


def envelope(kind, source, resource, detail, region=HOME):
    return {
        "version": "0",
        "id": Like(UUID),
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": Like(TIME),
        "region": region,
        "resources": [resource],
        "detail": detail,
    }


@pytest.fixture
def came(sandbox):
    """The events of a type that came up, oldest first."""
    return lambda kind: [event for event in sandbox.events.happened if event["detail-type"] == kind]


def image_event(image, state, message="", region=HOME):
    detail = {"RequestId": Like(UUID), "ImageId": image, "State": state, "ErrorMessage": message}
    return envelope(IMAGES, "aws.ec2", f"arn:aws:ec2:{region}::image/{image}", detail, region)


@pytest.mark.facts("3.1")
def test_an_images_states(home, take, came):
    image = take()
    home.disable_image(ImageId=image)
    home.enable_image(ImageId=image)
    home.deregister_image(ImageId=image)
    assert came(IMAGES) == [image_event(image, state) for state in ("available", "disabled", "available", "deregistered")]


@pytest.mark.facts("3.1")
def test_a_copys_states_in_its_own_region(sandbox, take, copy, came):
    source = take()
    sandbox.faults.fail_image(lambda image: image.name == "bad", "Out of luck.")
    good, bad = copy(source), copy(source, name="bad")
    sandbox.clock.run_for(timedelta(hours=2))
    assert came(IMAGES)[1:] == [image_event(good, "available", region=RECOVERY), image_event(bad, "failed", "Out of luck.", RECOVERY)]


@pytest.mark.facts("3.1")
def test_what_changes_no_state_is_no_event(home, take, came):
    image = take()
    home.enable_image_deprecation(ImageId=image, DeprecateAt="2028-01-01T00:00:00Z")
    home.enable_image_deregistration_protection(ImageId=image)
    home.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "210987654321"}]})
    home.create_tags(Resources=[image], Tags=[{"Key": "a", "Value": "b"}])
    assert len(came(IMAGES)) == 1


def snapshot_event(snapshot, source, more, region=HOME):
    arn = f"arn:aws:ec2::{region}:snapshot/{snapshot}"
    detail = {"result": "succeeded", "cause": "", "request-id": "", "snapshot_id": arn, "source": source}
    times = {"startTime": Like(TIME), "endTime": Like(TIME)}
    return envelope(SNAPSHOTS, "aws.ec2", arn, detail | times | more, region)


@pytest.mark.facts("3.2")
def test_a_snapshot_that_is_created_and_one_that_is_copied(sandbox, home, recovery, take, copy, came):
    copy(take())
    sandbox.clock.run_for(timedelta(hours=2))
    first, second = (client.describe_snapshots(OwnerIds=["self"])["Snapshots"][0] for client in (home, recovery))
    source = f"arn:aws:ec2::{HOME}:snapshot/{first['SnapshotId']}"
    assert came(SNAPSHOTS) == [
        snapshot_event(first["SnapshotId"], f"arn:aws:ec2::{HOME}:volume/{first['VolumeId']}", {"event": "createSnapshot"}),
        snapshot_event(
            second["SnapshotId"],
            source,
            {"event": "copySnapshot", "incremental": "false", "transferType": "standard"},
            RECOVERY,
        ),
    ]


@pytest.mark.facts("1.5", "3.2")
def test_a_copy_that_takes_longer_than_was_asked_for(sandbox, home, recovery, launch, came):
    """Two events: at the time that was asked for, with other ARNs and another form of time, and when it is complete."""
    launch(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 500}}])
    volume = home.describe_volumes()["Volumes"][0]["VolumeId"]
    sandbox.ec2.write(HOME, volume, 500 * 2**30)
    source = home.create_snapshot(VolumeId=volume)["SnapshotId"]
    sandbox.clock.run_for(timedelta(hours=12))
    made = recovery.copy_snapshot(SourceRegion=HOME, SourceSnapshotId=source, CompletionDurationMinutes=15)["SnapshotId"]
    sandbox.clock.run_for(timedelta(hours=1))
    arn, why = f"arn:aws:ec2:{RECOVERY}:{ACCOUNT}:snapshot/{made}", Like("Snapshot copy was not able to meet .* quota was exceeded.")
    missed = {
        "event": "copySnapshot",
        "missedCompletionDurationCause": why,
        "snapshot_id": arn,
        "source": f"arn:aws:ec2:{HOME}:{ACCOUNT}:snapshot/{source}",
        "startTime": Like(r"Tue Mar 02 00:\d\d:\d\d UTC 2027"),
        "transferType": "time-based",
    }
    kind = "EBS Copy Snapshot Missed Completion Duration"
    assert came(kind) == [envelope(kind, "aws.ec2", arn, missed, RECOVERY)]
    more = {
        "event": "copySnapshot",
        "incremental": "false",
        "transferType": "time-based",
        "completionDurationStartTime": Like(TIME.replace("Z", r"\.\d{3}Z")),
        "missedCompletionDurationCause": why,
    }
    assert came(SNAPSHOTS)[1:] == [snapshot_event(made, f"arn:aws:ec2::{HOME}:snapshot/{source}", more, RECOVERY)]


@pytest.mark.facts("3.2")
@pytest.mark.parametrize(("enabled", "result", "status"), [(True, "succeeded", "completed"), (False, "failed", "error")])
def test_snapshots_of_several_volumes_have_one_event(sandbox, home, launch, came, enabled, result, status):
    key = sandbox.client("kms", HOME).create_key()["KeyMetadata"]["Arn"]
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "Encrypted": True, "KmsKeyId": key}}
    instance = launch(BlockDeviceMappings=[data])
    if not enabled:
        sandbox.client("kms", HOME).disable_key(KeyId=key)
    made = home.create_snapshots(InstanceSpecification={"InstanceId": instance})["Snapshots"]
    sandbox.clock.run_for(timedelta(hours=1))
    arns = [f"arn:aws:ec2::{HOME}:snapshot/{each['SnapshotId']}" for each in made]
    volumes = [f"arn:aws:ec2::{HOME}:volume/{each['VolumeId']}" for each in made]
    several = [{"snapshot_id": arn, "source": volume, "status": status} for arn, volume in zip(arns, volumes, strict=True)]
    detail = {
        "event": "createSnapshots",
        "result": result,
        "cause": "" if enabled else f"Snapshot {made[0]['SnapshotId']} is in status error",
        "request-id": "",
        "startTime": Like(TIME),
        "endTime": Like(TIME),
        "snapshots": several,
    }
    kind = "EBS Multi-Volume Snapshots Completion Status"
    assert came(kind) == [envelope(kind, "aws.ec2", arns[0], detail) | {"resources": arns}]


@pytest.mark.facts("3.2")
def test_a_copy_that_fails_says_no_more_than_why(sandbox, home, recovery, take, copy, came):
    source = home.describe_images(ImageIds=[take()])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    made = recovery.copy_snapshot(SourceRegion=HOME, SourceSnapshotId=source, Encrypted=True, KmsKeyId="alias/nobodys")["SnapshotId"]
    sandbox.clock.run_for(timedelta(hours=1))
    failed = {"event": "copySnapshot", "result": "failed", "cause": "Given key ID is not accessible"}
    assert came(SNAPSHOTS)[1:] == [snapshot_event(made, f"arn:aws:ec2::{HOME}:snapshot/{source}", failed, RECOVERY)]


@pytest.mark.facts("3.2")
def test_a_snapshot_that_fails_says_why(sandbox, take, came):
    sandbox.faults.fail_image(lambda _: True, "Given key ID is not accessible")
    take()
    [event] = came(SNAPSHOTS)
    assert (event["detail"]["result"], event["detail"]["cause"]) == ("failed", "Given key ID is not accessible")


def tag_event(kind, resource, changed, version, tags):
    account = "" if kind in {"image", "snapshot"} else ACCOUNT
    detail = {
        "changed-tag-keys": changed,
        "service": "ec2",
        "resource-type": kind,
        "version": version,
        "version-timestamp": Like(r"\d{13}"),
        "tag-policy-compliant": "true",
        "tags": tags,
    }
    return envelope(TAGS, "aws.tag", f"arn:aws:ec2:{HOME}:{account}:{kind}/{resource}", detail)


@pytest.mark.facts("3.3")
@pytest.mark.parametrize("kind", ["instance", "image", "snapshot", "volume"])
def test_tags_that_change(home, launch, take, came, kind):
    instance = launch()
    image = take(instance=instance)
    resource = {
        "instance": instance,
        "image": image,
        "snapshot": home.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"],
        "volume": home.describe_volumes()["Volumes"][0]["VolumeId"],
    }[kind]
    tags = [{"Key": "Backup", "Value": "daily"}, {"Key": "Name", "Value": "web"}]
    home.create_tags(Resources=[resource], Tags=tags)
    home.create_tags(Resources=[resource], Tags=tags)
    home.create_tags(Resources=[resource], Tags=[{"Key": "Backup", "Value": "weekly"}])
    home.delete_tags(Resources=[resource], Tags=[{"Key": "Backup"}])
    assert came(TAGS) == [
        tag_event(kind, resource, ["Backup", "Name"], 1, {"Backup": "daily", "Name": "web"}),
        tag_event(kind, resource, ["Backup"], 2, {"Backup": "weekly", "Name": "web"}),
        tag_event(kind, resource, ["Backup"], 3, {"Name": "web"}),
    ]


@pytest.mark.facts("3.4")
def test_an_instances_states(sandbox, home, launch, came):
    instance = launch()
    for change in (home.stop_instances, home.start_instances, home.terminate_instances):
        change(InstanceIds=[instance])
        sandbox.clock.run_for(timedelta(minutes=5))
    states = ("pending", "running", "stopping", "stopped", "pending", "running", "shutting-down", "terminated")
    arn = f"arn:aws:ec2:{HOME}:{ACCOUNT}:instance/{instance}"
    assert came(INSTANCES) == [envelope(INSTANCES, "aws.ec2", arn, {"instance-id": instance, "state": state}) for state in states]


def stack_event(stack, status, reason="", token="", region=HOME):
    detail = {"stack-id": stack, "status-details": {"status": status, "status-reason": reason}, "client-request-token": token}
    return envelope(STACKS, "aws.cloudformation", stack, detail, region)


@pytest.mark.facts("12.1")
def test_a_stacks_states_in_its_own_region(sandbox, came):
    client = sandbox.client("cloudformation", RECOVERY)
    template = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "%s"}}}}'
    stack = client.create_stack(StackName="s", TemplateBody=template % "a", ClientRequestToken="one")["StackId"]
    client.update_stack(StackName="s", TemplateBody=template % "b", ClientRequestToken="two")
    client.delete_stack(StackName="s")
    expected = [
        ("CREATE_IN_PROGRESS", "User Initiated", "one"),
        ("CREATE_COMPLETE", "", "one"),
        ("UPDATE_IN_PROGRESS", "User Initiated", "two"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", "two"),
        ("UPDATE_COMPLETE", "", "two"),
        ("DELETE_IN_PROGRESS", "User Initiated", ""),
        ("DELETE_COMPLETE", "", ""),
    ]
    assert came(STACKS) == [stack_event(stack, *one, region=RECOVERY) for one in expected]


@pytest.mark.facts("12.1")
def test_a_stack_that_fails_says_why(sandbox, came, tmp_path):
    app = App(tmp_path)
    app.stack("Bad", {"A": queue("a"), "B": {"Type": "AWS::Nothing::Thing"}})
    with pytest.raises(Exception, match="AWS::Nothing::Thing"):
        sandbox.deploy(app.write())
    statuses = [event["detail"]["status-details"] for event in came(STACKS) if ":stack/Bad/" in event["resources"][0]]
    assert [one["status"] for one in statuses] == ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    assert "AWS::Nothing::Thing" in statuses[1]["status-reason"]


def volume_event(volume, event, result, request=None, cause="", key=None):
    detail = {"event": event, "result": result, "cause": cause, "request-id": Like(UUID) if request is None else request}
    made = envelope(VOLUMES, "aws.ec2", f"arn:aws:ec2:{HOME}:{ACCOUNT}:volume/{volume}", detail)
    return made | {"resources": [*made["resources"], *([key] if key else [])]}


@pytest.mark.facts("3.2")
def test_a_volumes_events(sandbox, home, came, launch):
    launch()
    assert came(VOLUMES) == []
    volume = home.create_volume(AvailabilityZone=f"{HOME}a", Size=10)["VolumeId"]
    sandbox.clock.run_for(timedelta(minutes=1))
    home.modify_volume(VolumeId=volume, Size=20)
    sandbox.clock.run_for(timedelta(hours=7))
    home.delete_volume(VolumeId=volume)
    happened = [("createVolume", "available"), ("modifyVolume", "optimizing"), ("deleteVolume", "deleted")]
    assert came(VOLUMES) == [volume_event(volume, *each) for each in happened]


@pytest.mark.facts("3.2")
def test_a_volume_of_a_snapshot_is_initialized_some_time_later(sandbox, home, came, take, image_of):
    snapshot = image_of(home, take())["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]

    def create():
        made = home.create_volume(AvailabilityZone=f"{HOME}a", SnapshotId=snapshot)["VolumeId"]
        sandbox.clock.run_for(timedelta(minutes=4))
        return made

    kept, deleted = create(), create()
    home.delete_volume(VolumeId=deleted)
    sandbox.clock.run_for(timedelta(hours=1))
    [told] = [event for event in came(VOLUMES) if event["detail"]["event"] == "initializeVolume"]
    detail = {"event": "initializeVolume", "result": "succeeded", "completionTime": Like(TIME), "request-id": Like(UUID)}
    assert told == envelope(VOLUMES, "aws.ec2", f"arn:aws:ec2:{HOME}:{ACCOUNT}:volume/{kept}", detail)


@pytest.mark.facts("3.2", "5.1")
def test_a_volume_whose_key_is_out_of_use(sandbox, home, came, launch):
    kms, instance = sandbox.client("kms", HOME), launch()
    key = kms.create_key()["KeyMetadata"]["Arn"]

    def create():
        made = home.create_volume(AvailabilityZone=f"{HOME}a", Size=10, Encrypted=True, KmsKeyId=key)["VolumeId"]
        sandbox.clock.run_for(timedelta(minutes=1))
        return made, home.describe_volumes(VolumeIds=[made])["Volumes"][0]["State"]

    good, state = create()
    kms.disable_key(KeyId=key)
    bad, failed = create()
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    home.attach_volume(VolumeId=good, InstanceId=instance, Device="/dev/sdf")
    sandbox.clock.run_for(timedelta(minutes=1))
    assert (state, failed) == ("available", "error")
    assert home.describe_volumes(VolumeIds=[good])["Volumes"][0]["State"] == "available"
    home.delete_volume(VolumeId=bad)
    assert came(VOLUMES) == [
        volume_event(good, "createVolume", "available"),
        volume_event(bad, "createVolume", "failed", cause=f"{key} is disabled.", key=key),
        volume_event(good, "attachVolume", "failed", "", f"{key} is pending deletion.", key),
        volume_event(bad, "deleteVolume", "deleted"),
    ]


@pytest.mark.facts("3.2")
def test_sharing_a_snapshot_is_told_to_whom_it_is_shared_with(home, take, image_of, came):
    snapshot = image_of(home, take())["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    before = came(SNAPSHOTS)
    home.modify_snapshot_attribute(SnapshotId=snapshot, OperationType="add", UserIds=["210987654321"])
    assert came(SNAPSHOTS) == before
