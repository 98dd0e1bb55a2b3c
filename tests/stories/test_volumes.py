"""What images have of their instances' volumes, and what they have besides."""

import pytest

from tests.stories.world import HOME, NIGHTLY, RECOVERY

LEAN = f"""{NIGHTLY}
[policies.nightly.volumes.leave_out]
tags = {{ Backup = "off" }}
devices = ["/dev/sdf", "/dev/xvd*"]
larger_than = 50

[policies.nightly.volumes.add]
"/dev/sdx" = {{ size = 20, type = "io2", iops = 500, encrypted = true }}
"/dev/sdy" = {{ instance_store = "ephemeral0" }}
"/dev/sdk" = {{ size = 300 }}
"""


def disk(device, size=8, **ebs):
    return {"DeviceName": device, "Ebs": {"VolumeSize": size, **ebs}}


def devices(image):
    return {mapping["DeviceName"]: mapping.get("Ebs") or mapping["VirtualName"] for mapping in image["BlockDeviceMappings"]}


def volumes_of(story, instance):
    [[shown]] = [each["Instances"] for each in story.ec2().describe_instances(InstanceIds=[instance])["Reservations"]]
    return {mapping["DeviceName"]: mapping["Ebs"]["VolumeId"] for mapping in shown["BlockDeviceMappings"]}


@pytest.mark.facts("1.1")
def test_volumes_are_left_out_by_tag_device_and_size_and_empty_ones_are_added(world):
    story = world(LEAN)
    [rich] = story.launch(BlockDeviceMappings=[disk(f"/dev/sd{letter}", 100 if letter == "h" else 8) for letter in "fghk"])
    [plain] = story.launch()
    held = volumes_of(story, rich)
    story.ec2().create_tags(Resources=[held["/dev/sdg"]], Tags=[{"Key": "Backup", "Value": "off"}])
    story.nights(2)

    shown = {image["SourceInstanceId"]: devices(image) for image in story.images(HOME)}
    assert set(shown[rich]) == {"/dev/xvda", "/dev/sdk", "/dev/sdx", "/dev/sdy"}
    assert set(shown[plain]) == {"/dev/xvda", "/dev/sdk", "/dev/sdx", "/dev/sdy"}
    assert (shown[rich]["/dev/sdx"]["VolumeType"], shown[rich]["/dev/sdx"]["Iops"], shown[rich]["/dev/sdx"]["Encrypted"]) == (
        "io2",
        500,
        True,
    )
    assert (shown[rich]["/dev/sdk"]["VolumeSize"], shown[plain]["/dev/sdk"]["VolumeSize"]) == (8, 300)
    assert shown[rich]["/dev/sdy"] == "ephemeral0"
    told = story.records("image.take", status="done", instance_id=rich)[0]["detail"]
    assert told["volumes"] == 2
    assert told["left_out"] == {
        "/dev/sdf": {"volume": held["/dev/sdf"], "by": "devices"},
        "/dev/sdg": {"volume": held["/dev/sdg"], "by": "tags"},
        "/dev/sdh": {"volume": held["/dev/sdh"], "by": "larger_than"},
    }
    assert told["added"] == ["/dev/sdx", "/dev/sdy"]
    assert "modify-volume" in told["not_as_asked"]["/dev/sdk"]
    assert "never left out" in told["not_as_asked"]["/dev/xvda"]
    assert len(story.good(RECOVERY)) == 4
    assert {record["reason"] for record in story.records("night.verdict")} == {"ok"}
    assert len([call for call in story.calls("DescribeVolumes") if call.caller.endswith("-take")]) == 2
    assert story.records(status="failed") == []
    assert story.dead_letters() == []


def test_nobody_looks_at_volumes_for_what_instances_show(world):
    story = world(f'{NIGHTLY}\n[policies.nightly.volumes]\nleave_out.devices = ["/dev/sdf"]\n')
    story.launch(BlockDeviceMappings=[disk("/dev/sdf")])
    story.nights(1)
    [image] = story.images(HOME)
    assert set(devices(image)) == {"/dev/xvda"}
    assert [call for call in story.calls("DescribeVolumes") if call.caller.endswith("-take")] == []


TWO = f"""{NIGHTLY}
[policies.lean]
schedule = "cron(0 2 * * ? *)"
window = "6 hours"
first_image = "none"
volumes.leave_out.larger_than = 50
"""


def test_volumes_that_cannot_be_seen_hold_up_those_alone_whose_policy_asks_for_it_and_cost_no_night(world):
    story = world(TWO)
    [plain] = story.launch()
    [lean] = story.launch(backup="lean", BlockDeviceMappings=[disk("/dev/sdf", 100)])
    story.sandbox.faults.refuse("ec2", "DescribeVolumes", HOME, "UnauthorizedOperation", status=403)
    story.until(2, 30)
    assert [image["SourceInstanceId"] for image in story.images(HOME)] == [plain]
    story.until(12)
    [image] = story.images(HOME, source_instance_id=lean)
    assert set(devices(image)) == {"/dev/xvda", "/dev/sdf"}
    [told] = story.records("image.take", status="done", instance_id=lean)
    assert told["detail"]["not_as_asked"]["*"].startswith("DescribeVolumes failed")
    assert {record["reason"] for record in story.records("image.take", status="deferred")} == {"aws_refused"}
    assert {record["reason"] for record in story.records("night.verdict")} == {"ok"}
    assert {record["event"] for record in story.records(status="failed")} >= {"region.check"}
