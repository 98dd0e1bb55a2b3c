"""Changed tags: first images, images on demand, holds, and what lost its protection."""

from datetime import timedelta

from functions.aws import vault
from sandbox.gateway import Caller
from tests.stories.world import HOME, RECOVERY, TAGGED, start_at


def tag(story, instances, **tags):
    """Tag as a person does; `Backup__now` is `Backup:now`."""
    story.ec2().create_tags(Resources=instances, Tags=[{"Key": key.replace("__", ":"), "Value": value} for key, value in tags.items()])


def untag(story, instances, *keys):
    story.ec2().delete_tags(Resources=instances, Tags=[{"Key": key} for key in keys])


def run(story, **much):
    story.sandbox.clock.run_for(timedelta(**much))


def test_an_instance_that_is_tagged_gets_a_first_image_and_its_copy_at_once(world):
    story = world(TAGGED, start=start_at(12))
    [instance] = story.launch(backup=None)
    run(story, hours=1)
    tag(story, [instance], Backup="nightly")
    run(story, hours=1)
    assert story.good(HOME) == story.good(RECOVERY) == [f"nightkeep/nightly/{instance}/20270301T0200Z"]
    [record] = story.records("image.take", status="done")
    assert (record["reason"], record["detail"]["consistency"]) == ("newly_protected", "crash")
    for region in (HOME, RECOVERY):
        [line] = configuration(story, "20270301T0200Z", region)
        assert (line["instance"]["InstanceId"], len(line["volumes"])) == (instance, 1)


def configuration(story, slot, region=HOME, policy="nightly"):
    """The lines that a vault has of instances' configuration for a slot."""
    bucket = f"nightkeep-{HOME}-{story.sandbox.account}-{region}-an"
    prefix = f"nights/{policy}/{slot}/config-"
    kept = story.sandbox.client("s3", region).list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [line for found in kept for line in vault.entries(story.object(found["Key"], region))]


def test_a_recovery_vault_that_refused_a_configuration_is_brought_it_later(world):
    story = world(TAGGED, start=start_at(12))
    [first, asked] = story.launch(2, backup=None)
    run(story, hours=1)
    story.sandbox.faults.refuse("s3", "PutObject", RECOVERY, "ServiceUnavailable", between=(story.now, story.now + timedelta(hours=2)))
    tag(story, [first], Backup="nightly")
    tag(story, [asked], Backup__now="one")
    run(story, hours=1)
    assert len(story.good(RECOVERY)) == 2
    assert configuration(story, "20270301T0200Z", RECOVERY) == configuration(story, "now-one", RECOVERY) == []
    refused = {record["reason"] for record in story.records("vault.write", status="failed", region=RECOVERY)}
    assert refused == {"aws_busy"}
    run(story, hours=3)
    for slot, instance in (("20270301T0200Z", first), ("now-one", asked)):
        assert configuration(story, slot, RECOVERY) == configuration(story, slot)
        assert [line["instance"]["InstanceId"] for line in configuration(story, slot, RECOVERY)] == [instance]
    listings = [call for call in story.calls("ListObjectsV2", service="s3") if call.region == RECOVERY]
    brought = [call for call in story.calls("PutObject", service="s3") if call.region == RECOVERY and not call.error_code]
    assert (len(listings), len(brought)) == (4, 2)


def lose_tag_events(story):
    story.sandbox.faults.lose_event(lambda event: event["source"] == "aws.tag")


def takes(story, **fields):
    return [(record["instance_id"], record["reason"]) for record in story.records("image.take", status="done", **fields)]


def test_who_waits_for_the_schedule_and_who_does_not(world):
    """Young instances wait for their ten minutes, Auto Scaling members for the schedule, and what is left out gets nothing."""
    picky = 'spot = false\nexclude_tags = { Environment = "scratch" }\nstates = ["running"]\n'
    fixed = '[policies.fixed]\nschedule = "cron(0 4 * * ? *)"\nauto_scaling = false\n'
    members = '[policies.members]\nschedule = "cron(0 5 * * ? *)"\nfirst_image = "all"\n'
    story = world(f"{TAGGED}{picky}{fixed}{members}", start=start_at(12))
    [young] = story.launch()
    made = story.now
    [scratch] = story.launch(tags={"Environment": "scratch"})
    [spot] = story.launch(InstanceMarketOptions={"MarketType": "spot"})
    member = launch_by_auto_scaling(story, "nightly fixed members")
    run(story, hours=1)
    assert takes(story, policy="nightly") == [(young, "newly_protected")]
    assert takes(story, policy="members") == [(member, "newly_protected")]
    [call] = [call for call in story.calls("CreateImage") if call.parameters["InstanceId"] == young]
    assert timedelta(minutes=9) <= call.time - made <= timedelta(minutes=12)
    assert [record["reason"] for record in story.records("instance.tag", instance_id=scratch)] == ["excluded_tag"]
    assert [record["reason"] for record in story.records("instance.tag", instance_id=spot)] == ["spot"]
    assert [record["reason"] for record in story.records("instance.tag", instance_id=member)] == [
        "auto_scaling",
        "auto_scaling",
        "newly_protected",
    ]
    [stopped] = story.launch()
    story.ec2().stop_instances(InstanceIds=[stopped])
    story.until(6)
    assert {instance for instance, reason in takes(story, policy="nightly") if reason == "scheduled"} == {young, member}
    assert takes(story, policy="fixed") == []
    assert story.manifest(story.slot())["skips"] == {"excluded_tag": 1, "spot": 1, "excluded_state": 1}
    assert story.manifest(story.slot(4), policy="fixed", region=HOME)["skips"]["auto_scaling"] == 1


def launch_by_auto_scaling(story, backup):
    tags = {"Backup": backup, "aws:autoscaling:groupName": "web"}
    specification = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
    request = {"ImageId": "ami-0linux", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "TagSpecifications": specification}
    made = story.sandbox.gateway.call("ec2", "RunInstances", HOME, request, Caller("autoscaling.amazonaws.com"))
    return made["Instances"][0]["InstanceId"]


def test_doubled_late_and_reordered_events_make_one_image_and_a_lost_one_is_found(world):
    story = world(TAGGED, start=start_at(12))
    story.launch()
    story.nights(1)
    [doubled, late, lost] = story.launch(3, backup=None)
    run(story, minutes=30)
    story.sandbox.faults.double_event(lambda event: event["source"] == "aws.tag")
    tag(story, [doubled], Backup="nightly")
    untag(story, [doubled], "Backup")
    tag(story, [doubled], Backup="nightly")
    run(story, minutes=20)
    tag(story, [doubled], Backup__reboot="false")
    run(story, minutes=40)
    assert takes(story, instance_id=doubled) == [(doubled, "newly_protected")]
    story.sandbox.faults.refuse(
        "ec2", "DescribeInstances", HOME, "ServiceUnavailable", between=(story.now, story.now + timedelta(minutes=90))
    )
    tag(story, [late], Backup="nightly")
    run(story, hours=3)
    assert story.records("instance.tag", instance_id=late, reason="expired") != []
    assert takes(story, instance_id=late) == [(late, "missing")]
    story.sandbox.faults.clear()
    lose_tag_events(story)
    tag(story, [lost], Backup="nightly")
    run(story, hours=2)
    assert takes(story, instance_id=lost) == [(lost, "missing")]
    assert {line["instance"]["InstanceId"] for line in configuration(story, "20270302T0200Z", RECOVERY)} >= {doubled, late, lost}
    assert all(len([name for name in story.good(RECOVERY) if one in name]) == 1 for one in (doubled, late, lost))
    assert {call.parameters["NoReboot"] for call in story.calls("CreateImage")} == {True}
    assert {record["reason"] for record in story.records("night.verdict")} == {"ok"}


def test_an_image_on_demand_is_made_once_for_each_label_and_kept_until_it_is_released(world):
    story = world(TAGGED + "keep = { newest = 1, at_least = 1 }\n", start=start_at(12))
    [instance] = story.launch(backup=None)
    run(story, hours=1)
    tag(story, [instance], Backup__now="before upgrade")
    run(story, minutes=5)
    [told] = story.records("instance.tag", reason="now_label")
    assert told["detail"]["nearest"] == "1 to 50 letters, digits, - and _"
    tag(story, [instance], Backup__now="before-upgrade", Backup="off")
    run(story, hours=1)
    tag(story, [instance], Backup__now="before-upgrade")  # no change, no event
    tag(story, [instance], Name="other", Backup__reboot="true")
    run(story, hours=1)
    name = f"nightkeep/nightly/{instance}/now-before-upgrade"
    assert story.good(HOME) == story.good(RECOVERY) == [name]
    assert [line["instance"]["InstanceId"] for line in configuration(story, "now-before-upgrade", RECOVERY)] == [instance]
    tag(story, [instance], Backup__now="second")
    run(story, hours=1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    assert all("nightkeep:hold" in tags_of(image) for region in (HOME, RECOVERY) for image in story.images(region))
    story.nights(3)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    first = story.images(HOME, name=name)[0]["ImageId"]
    story.ec2().deregister_image(ImageId=first)
    lose_tag_events(story)
    tag(story, [instance], Backup__now="third")
    run(story, hours=2)
    assert [name.rpartition("/")[2] for name in story.good(HOME)] == ["now-second", "now-third"]  # found, and the first not made again


def tags_of(image):
    return {tag["Key"]: tag["Value"] for tag in image["Tags"]}


def test_what_loses_its_protection_is_told_with_what_becomes_of_its_images(world):
    story = world(TAGGED + "keep = { daily = 7, at_least = 3 }\n", start=start_at(12))
    [removed, opted_out, moved, unheard, ended] = story.launch(5)
    story.nights(1)
    untag(story, [removed], "Backup")
    tag(story, [opted_out], Backup="off")
    tag(story, [moved], Backup="nigthly")
    run(story, minutes=10)
    told = story.records("instance.tag", reason="protection_removed")
    assert {(record["instance_id"], record["policy"], record["detail"]["images"]) for record in told} == {
        (instance, "nightly", 2) for instance in (removed, opted_out, moved)
    }
    assert "the newest 3 stay" in told[0]["detail"]["then"]
    assert story.metric("ProtectionRemoved", "follow-tags") == 3
    [mistake] = story.records("instance.tag", reason="unknown_policy")
    assert (mistake["detail"]["value"], mistake["detail"]["nearest"]) == ("nigthly", "nightly")
    lose_tag_events(story)
    untag(story, [unheard, ended], "Backup")
    story.ec2().terminate_instances(InstanceIds=[ended])
    story.nights(2)
    [found] = story.records("instance.tag", reason="protection_removed", instance_id=unheard)
    assert (found["policy"], found["detail"]["images"]) == ("nightly", 2)
    assert "the newest 3 stay" in found["detail"]["then"]
    assert story.records("instance.tag", reason="protection_removed", instance_id=ended) == []
    assert len(story.records("instance.tag", reason="protection_removed")) == 7  # three when it happened, and four by the next night


def test_a_hold_is_put_on_old_and_new_images_in_every_region_and_is_lifted_by_nobody_else(world):
    story = world(TAGGED, start=start_at(12))
    [told, lost] = story.launch(2)
    story.nights(1)
    tag(story, [told], Backup__hold="audit")
    run(story, minutes=10)
    assert held(story, told) == {(region, "audit") for region in (HOME, RECOVERY)}
    assert held(story, lost) == set()
    lose_tag_events(story)
    tag(story, [lost], Backup__hold="")
    story.until(12)
    assert held(story, lost) == {(region, "Backup:hold") for region in (HOME, RECOVERY)}
    assert all("nightkeep:hold" in tags_of(image) for region in (HOME, RECOVERY) for image in story.images(region))
    snapshots = story.ec2().describe_snapshots(Filters=[{"Name": "tag:nightkeep:instance", "Values": [told]}])["Snapshots"]
    assert all("nightkeep:hold" in tags_of(snapshot) for snapshot in snapshots)
    story.sandbox.faults.clear()
    untag(story, [told], "Backup:hold")
    run(story, minutes=10)
    [stays] = story.records("instance.tag", reason="hold_stays")
    assert (stays["instance_id"], stays["detail"]["to_lift"]) == (told, "nightkeep release")
    assert held(story, told) == {(region, "audit") for region in (HOME, RECOVERY)}


def held(story, instance):
    images = [(region, tags_of(image)) for region in (HOME, RECOVERY) for image in story.images(region)]
    return {
        (region, tags["nightkeep:hold"]) for region, tags in images if tags["nightkeep:instance"] == instance and "nightkeep:hold" in tags
    }


def test_three_hundred_instances_at_once_cost_a_few_looks_and_nothing_of_ours_is_followed(world):
    story = world(TAGGED.replace("[policies", "pending_snapshots = 400\n[policies"), start=start_at(12))
    story.sandbox.ec2.quotas.pending_snapshots = 400
    story.launch(300)
    run(story, hours=2)
    assert len(story.good(HOME)) == 300
    followed = [call for call in story.calls() if call.caller.endswith("-follow-tags")]
    assert len(followed) <= 20
    assert len(story.records("instance.tag", reason="newly_protected")) == 300
