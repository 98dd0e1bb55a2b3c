"""A fleet with a past: its nights are played through EC2's own API, so that only retiring itself runs; and what became of the images."""

import json
from datetime import timedelta

from functions.core.messages import Hold, Retire
from functions.core.slot import slot_label
from tests.stories.world import HOME, NIGHTLY, RECOVERY

KEEP = """keep = { newest = 2 }

[policies.nightly.ladder]
deregister_after = "1 day"
"""
RETIRING = NIGHTLY + KEEP


def only_retire(story, home=HOME):
    """Let nothing run but retiring: no night, no sweep, and no image is followed."""
    scheduler = story.sandbox.client("scheduler", home)
    for schedule in scheduler.list_schedules()["Schedules"]:
        if not schedule["Name"].endswith("retire-images"):
            shown = scheduler.get_schedule(Name=schedule["Name"])
            kept = ("Name", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
            scheduler.update_schedule(**{name: shown[name] for name in kept}, State="DISABLED")
    story.sandbox.client("events", home).disable_rule(Name=f"nightkeep-{home}-follow")


def night(story, instances, home=HOME, regions=(RECOVERY,), policy="nightly", slots=None):
    """The next night at 02:00: an image of each instance and a copy of it in each region, as Nightkeep makes them. Returns image ids by (instance, region)."""
    made = {}
    story.until(2)
    tonight = slot_label(story.now)
    for instance in instances:
        slot = (slots or {}).get(instance, tonight)
        tags = {"home": home, "policy": policy, "instance": instance, "slot": slot}
        name = f"nightkeep/{policy}/{instance}/{slot}"
        made[instance, home] = story.ec2(home).create_image(InstanceId=instance, Name=name, NoReboot=True, TagSpecifications=tagged(tags))[
            "ImageId"
        ]
    story.until(4)
    for instance in instances:
        slot, source = (slots or {}).get(instance, tonight), made[instance, home]
        tags = {"home": home, "policy": policy, "instance": instance, "slot": slot, "source": source}
        for region in regions:
            made[instance, region] = story.ec2(region).copy_image(
                SourceRegion=home, SourceImageId=source, Name=f"nightkeep/{policy}/{instance}/{slot}", Encrypted=True,
                KmsKeyId=f"alias/nightkeep-{home}", TagSpecifications=tagged(tags),
            )["ImageId"]  # fmt: skip
    return made


def tagged(tags):
    listed = [{"Key": f"nightkeep:{key}", "Value": value} for key, value in tags.items()]
    return [{"ResourceType": "image", "Tags": listed}, {"ResourceType": "snapshot", "Tags": listed}]


def history(story, instances, nights, **more):
    """So many nights, the last one today. It is ten in the morning. Returns the nights' image ids by (instance, region), oldest first."""
    made = [night(story, instances, **more) for _ in range(nights)]
    story.until(10)
    return made


def retire(story):
    """Today's run, and what follows of it."""
    story.until(13)


def opt_out(story, instances):
    """From now on nobody owes nights of these instances."""
    story.ec2().create_tags(Resources=instances, Tags=[{"Key": "Backup", "Value": "off"}])


def orphan(story, instance, slot="20270301T0200Z"):
    """A snapshot that says it is of an image of a slot, and belongs to none. Returns its id."""
    volume = story.ec2().describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["BlockDeviceMappings"][0]["Ebs"]
    tags = {"home": HOME, "policy": "nightly", "instance": instance, "slot": slot}
    return story.ec2().create_snapshot(VolumeId=volume["VolumeId"], TagSpecifications=[tagged(tags)[1]])["SnapshotId"]


def remembered(story, condition, region=HOME):
    """What retiring has found in a condition, and since when."""
    return json.loads(story.object("retire/memory.json"))["regions"].get(region, {}).get(condition, {})


def days(story, region=HOME, home=HOME):
    """Each image's state, by the day of its slot."""
    return {image["Name"].rsplit("/", 1)[-1][6:8]: image["State"] for image in story.images(region, home)}


def in_bin(story, region=HOME):
    """The days of the images in the bin, and how many snapshots are in it."""
    ec2 = story.ec2(region)
    images = ec2.get_paginator("list_images_in_recycle_bin").paginate().build_full_result()["Images"]
    snapshots = ec2.get_paginator("list_snapshots_in_recycle_bin").paginate().build_full_result()["Snapshots"]
    return sorted(image["Name"].rsplit("/", 1)[-1][6:8] for image in images), len(snapshots)


def refusals(story, **fields):
    """Why images of a region were not stepped: (day of the slot, reason)."""
    return {(record["slot"][6:8], record["reason"]) for record in story.records(status="skipped", **fields) if record["slot"]}


def arm(story, home=HOME):
    """Let the guard make the Recycle Bin's rules now."""
    payload = json.dumps({"time": story.now.isoformat()})
    story.sandbox.client("lambda", home).invoke(FunctionName=f"nightkeep-{home}-guard-bin", InvocationType="Event", Payload=payload)
    story.sandbox.clock.run_for(timedelta(minutes=1))


def send_step(story, image, step, instance, policy="nightly"):
    """An order that no planner of ours gave."""
    order = Retire(
        policy=policy, slot="20270301T0200Z", night_id="x", not_after=story.now + timedelta(hours=24), reason="stale",
        instance_id=instance, image_id=image, region=HOME, step=step,
    )  # fmt: skip
    _send(story, order)


def send_hold(story, image, instance):
    """An order to hold an image, its instance's tag being gone again."""
    order = Hold(
        policy="nightly", slot="20270303T0200Z", night_id="x", not_after=story.now + timedelta(hours=1), reason="held",
        instance_id=instance, image_id=image, region=HOME, why="audit",
    )  # fmt: skip
    _send(story, order)


def _send(story, order):
    sqs = story.sandbox.client("sqs", HOME)
    url = sqs.get_queue_url(QueueName=f"nightkeep-{HOME}-retire")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=order.model_dump_json())
