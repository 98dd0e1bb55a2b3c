"""What holds a stale image where it is, each with its reason: when a run is planned, and again just before a worker acts."""

from datetime import timedelta

import pytest

from sandbox.faults import read
from sandbox.gateway import ApiError
from tests.stories.retiring import RETIRING, arm, days, history, night, only_retire, retire, send_step
from tests.stories.world import HOME, RECOVERY

OTHER = "us-east-1"


def pinned(story, image, versions=1):
    """A launch template of no group; its first version names the image, later ones another."""
    ec2 = story.ec2()
    template = ec2.create_launch_template(LaunchTemplateName=f"of-{image}", LaunchTemplateData={"ImageId": image})
    for _ in range(versions - 1):
        ec2.create_launch_template_version(
            LaunchTemplateId=template["LaunchTemplate"]["LaunchTemplateId"], LaunchTemplateData={"ImageId": "ami-0linux"}
        )


def parameter(story, image):
    story.sandbox.client("ssm", HOME).put_parameter(Name="/golden", Value=image, Type="String", DataType="aws:ec2:image")


TRAPS = {
    "in a launch template": (pinned, "referenced"),
    "pinned to an old version": (lambda story, image: pinned(story, image, versions=15), "referenced"),
    "in a parameter": (parameter, "referenced"),
    "in use": (
        lambda story, image: story.ec2().run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1),
        "referenced",
    ),
    "shared": (
        lambda story, image: story.ec2().modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111122223333"}]}),
        "shared",
    ),
    "held": (lambda story, image: story.ec2().create_tags(Resources=[image], Tags=[{"Key": "nightkeep:hold", "Value": "audit"}]), "held"),
    "protected": (lambda story, image: story.ec2().enable_image_deregistration_protection(ImageId=image), "protected"),
}


def test_each_trap_is_refused_with_its_reason_and_nothing_happens_to_the_image(past):
    story, fleet, made = past(count=len(TRAPS) + 1)
    images = [made[0][instance, HOME] for instance in fleet]
    for (trap, _), image in zip(TRAPS.values(), images, strict=False):
        trap(story, image)
    story.until(11)
    retire(story)
    states = {image["ImageId"]: image["State"] for image in story.images()}
    found = {name: (states[image], refusal(story, image)) for name, image in zip(TRAPS, images, strict=False)}
    assert found == {name: ("available", reason) for name, (_, reason) in TRAPS.items()}
    assert states[images[-1]] == "disabled"
    template = next(record for record in story.records("image.retire", resource_id=images[0]))
    assert "launch-template/" in template["detail"]["by"][0]


def refusal(story, image):
    """The one reason why an image was not stepped."""
    return " ".join(sorted({record["reason"] for record in story.records(status="skipped", resource_id=image)}))


def test_an_image_that_was_launched_stays_for_a_while_though_nothing_refers_to_it_any_more(past):
    story, fleet, made = past(nights=2)
    first = made[0][fleet[0], HOME]
    [launched] = story.ec2().run_instances(ImageId=first, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"]
    story.ec2().terminate_instances(InstanceIds=[launched["InstanceId"]])
    history(story, fleet, 1)
    retire(story)
    assert (days(story)["01"], refusal(story, first)) == ("available", "recently_launched")


def test_a_disabled_image_waits_its_time_and_is_asked_about_again(past):
    story, [instance], made = past()
    retire(story)
    assert days(story)["01"] == "disabled"
    pinned(story, made[0][instance, HOME])
    history(story, [instance], 1)
    retire(story)
    assert days(story)["01"] == "disabled"
    assert refusal(story, made[0][instance, HOME]) == "referenced"
    assert "01" not in days(story, RECOVERY)


def test_the_newest_and_another_homes_images_are_refused_by_the_worker_whoever_orders(past):
    story, [instance], made = past()
    strange = night(story, [instance], home=HOME, regions=())[instance, HOME]
    for resource in (strange, *snapshots(story, strange)):
        story.ec2().create_tags(Resources=[resource], Tags=[{"Key": "nightkeep:home", "Value": OTHER}])
    newest = made[-1][instance, HOME]
    for image in (newest, strange):
        for step in ("disable", "deregister"):
            send_step(story, image, step, instance)
    story.until(11)
    assert (refusal(story, newest), refusal(story, strange)) == ("newest", "not_ours")
    assert story.images(image_id=newest)[0]["State"] == "available"
    assert story.images(home=OTHER)[0]["State"] == "available"


def snapshots(story, image, region=HOME):
    [shown] = story.ec2(region).describe_images(ImageIds=[image], IncludeDisabled=True)["Images"]
    return [mapping["Ebs"]["SnapshotId"] for mapping in shown["BlockDeviceMappings"]]


def test_two_homes_retire_only_their_own(world):
    theirs = RETIRING.replace('"ap-south-1"', f'"{OTHER}"')
    story = world(RETIRING, theirs, homes=(HOME, OTHER))
    for home in (HOME, OTHER):
        arm(story, home)
        only_retire(story, home)
    [ours], [others] = story.launch(), story.launch(region=OTHER)
    for _ in range(3):
        night(story, [ours])
        night(story, [others], home=OTHER)
    story.sandbox.client("scheduler", OTHER).delete_schedule(Name=f"nightkeep-{OTHER}-retire-images")
    story.until(13, days=1)
    assert set(days(story, RECOVERY, OTHER).values()) == set(days(story, OTHER, OTHER).values()) == {"available"}
    assert "disabled" in days(story, RECOVERY).values()


def test_what_the_bin_would_not_keep_is_not_deregistered(past):
    story, [instance], made = past()
    retire(story)
    first = made[0][instance, HOME]
    [snapshot] = snapshots(story, first)
    story.ec2().delete_tags(Resources=[snapshot], Tags=[{"Key": "nightkeep:home"}])
    history(story, [instance], 1)
    retire(story)
    assert days(story)["01"] == "disabled"
    [record] = story.records("image.retire", resource_id=first)
    assert (record["reason"], record["detail"]["resources"]) == ("not_recoverable", [snapshot])
    assert "01" not in days(story, RECOVERY)


@pytest.mark.parametrize(("what", "why"), [("rules", "no_rule_of_ours"), ("young", "rule_too_young"), ("read", "rules_unseen")])
def test_without_rules_or_sight_of_them_nothing_is_deregistered(past, what, why):
    story, fleet, _ = past()
    retire(story)
    rbin = story.sandbox.client("rbin", HOME)
    if what != "read":
        for kind in ("EC2_IMAGE", "EBS_SNAPSHOT"):
            for rule in rbin.list_rules(ResourceType=kind)["Rules"]:
                rbin.delete_rule(Identifier=rule["Identifier"])
    else:
        story.sandbox.faults.refuse("rbin", "ListRules", HOME, "AccessDeniedException", status=403)
    history(story, fleet, 1)
    if what == "young":
        arm(story)
    retire(story)
    assert days(story)["01"] == "disabled"
    [record] = story.records("image.retire", region=HOME)
    assert (record["reason"], record["detail"]["why"]) == ("not_recoverable", why)
    assert refused(story) == ([("retire-images", HOME, "AccessDeniedException")] if what == "read" else [])


def test_a_region_whose_newest_copy_is_pending_loses_nothing_of_the_instance(past):
    story, fleet, _ = past()
    story.sandbox.ec2.timing.copy = timedelta(hours=20)
    history(story, fleet, 1)
    retire(story)
    assert {record["reason"] for record in story.records("image.retire", region=RECOVERY)} == {"newer_pending"}
    assert days(story, RECOVERY)["02"] == "available"
    assert days(story)["02"] == "disabled"


def test_an_instance_whose_backup_is_overdue_loses_nothing_anywhere(past):
    story, _, _ = past()
    story.until(13, days=1)
    assert {record["reason"] for record in story.records("image.retire")} == {"backup_overdue"}
    assert {record["region"] for record in story.records("image.retire")} == {HOME, RECOVERY}


def test_who_may_not_ask_what_refers_steps_nothing(past):
    story, _, _ = past()
    story.sandbox.faults.refuse("ec2", "DescribeImageReferences", HOME, "UnauthorizedOperation", status=403)
    retire(story)
    assert set(days(story).values()) == {"available"}
    [record] = story.records("image.retire")
    assert record["detail"]["by"] == ["not known: UnauthorizedOperation"]
    assert days(story, RECOVERY)["01"] == "disabled"
    assert refused(story) == [("retire-images", HOME, "UnauthorizedOperation")]
    assert story.metric("Failed", "retire-images") == 1


def test_a_worker_that_may_not_ask_rings_once_a_batch_and_steps_nothing(past):
    story, _, _ = past(count=2)
    story.sandbox.faults.play(
        read(
            '[[refuse]]\nservice = "ec2"\noperation = "DescribeImageReferences"\nregion = "ap-south-1"\n'
            'caller = "nightkeep-*-retire"\ncode = "UnauthorizedOperation"\nstatus = 403'
        )
    )
    retire(story)
    assert set(days(story).values()) == {"available"}
    assert [record["reason"] for record in story.records("image.disable", region=HOME)] == ["referenced"] * 2
    assert refused(story) == [("retire", HOME, "UnauthorizedOperation")]


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded"])
def test_a_region_that_fails_between_two_looks_keeps_what_it_has_and_the_others_go_on(past, code):
    story, fleet, _ = past()
    retire(story)

    def fail(request):
        by_id = any(one["Name"] == "image-id" for one in request.parameters.get("Filters", ()))
        if (request.operation, request.region, by_id) == ("DescribeImages", RECOVERY, True) and request.caller.name.endswith(
            "-retire-images"
        ):
            raise ApiError(code, "Not now.", 403 if code == "UnauthorizedOperation" else 503)

    story.sandbox.gateway.guards.append(fail)
    history(story, fleet, 1)
    retire(story)
    [record] = story.records("image.retire", region=RECOVERY)
    assert (record["reason"], record["detail"]["error_code"]) == ("region_unseen", code)
    assert days(story, RECOVERY) == {"01": "disabled", "02": "disabled", "03": "available", "04": "available"}
    assert days(story) == {"02": "disabled", "03": "available", "04": "available"}
    assert refused(story) == ([("retire-images", RECOVERY, code)] if code == "UnauthorizedOperation" else [])


def test_what_is_busy_or_refers_rings_nobody(past):
    story, [instance], made = past()
    pinned(story, made[0][instance, HOME])
    story.sandbox.faults.refuse("ec2", "DescribeImageReferences", RECOVERY, "RequestLimitExceeded")
    retire(story)
    assert set(days(story).values()) == set(days(story, RECOVERY).values()) == {"available"}
    assert story.records(status="failed") == []


def refused(story):
    """What was told as failed: by which function, in which region, with which code."""
    return [(record["service"], record["region"], record["error_code"]) for record in story.records("region.check", status="failed")]


def test_what_only_carries_our_tag_is_skipped_by_that_reason(past):
    story, [instance], _ = past()
    theirs = story.ec2().create_image(InstanceId=instance, Name="golden", NoReboot=True)["ImageId"]
    story.ec2().create_tags(Resources=[theirs], Tags=[{"Key": "nightkeep:home", "Value": HOME}])
    retire(story)
    [record] = story.records(resource_id=theirs)
    assert (record["event"], record["status"], record["reason"]) == ("image.retire", "skipped", "not_ours")
