"""Nights of a small fleet, seen from outside: what EC2 reports, what the records say."""

import gzip
import json

from tests.stories.world import HOME, RECOVERY


def test_a_week_of_nights_for_a_small_fleet(world):
    story = world()
    linux = story.launch(2)
    [stopped] = story.launch()
    story.ec2().stop_instances(InstanceIds=[stopped])
    story.launch(backup="off")
    story.launch(backup=None)
    [stray] = story.launch(backup="nightly weekly")
    story.nights(7)

    assert len(story.good(HOME)) == 4 * 7
    assert story.good(RECOVERY) == story.good(HOME)
    assert {image["SourceInstanceId"] for image in story.images(HOME)} == {*linux, stopped, stray}
    assert all(mapping["Ebs"]["Encrypted"] for image in story.images(RECOVERY) for mapping in image["BlockDeviceMappings"])
    assert len(story.records("image.verify", status="already", reason="verified")) == 4 * 7
    verdicts = [(record["detail"]["judged"], record["reason"]) for record in story.records("night.verdict")]
    assert verdicts.count(("takes", "ok")) == 7
    assert set(verdicts) == {("takes", "ok"), ("copies", "ok")}
    told = story.records("instance.tag", reason="unknown_policy", instance_id=stray)
    assert [record["detail"]["value"] for record in told] == ["weekly"] * 8  # when it was tagged, and once a day
    assert story.records(status="failed") == []
    assert story.dead_letters() == []


def test_images_and_snapshots_carry_the_same_tags_from_the_start(world):
    story = world()
    [instance] = story.launch(tags={"Team": "ops", "Backup:reboot": "false"})
    story.nights(1)
    [image] = story.images(HOME)
    expected = {
        "nightkeep:home": HOME,
        "nightkeep:policy": "nightly",
        "nightkeep:instance": instance,
        "nightkeep:slot": story.slot(),
        "Team": "ops",
    }
    for region, source in ((HOME, {}), (RECOVERY, {"nightkeep:source": image["ImageId"]})):
        [held] = story.images(region)
        snapshots = story.ec2(region).describe_snapshots(SnapshotIds=[m["Ebs"]["SnapshotId"] for m in held["BlockDeviceMappings"]])[
            "Snapshots"
        ]
        for tagged in (held, *snapshots):
            tags = {tag["Key"]: tag["Value"] for tag in tagged["Tags"]}
            tags.pop("Name")
            assert tags == expected | source
    assert story.calls("CreateTags") == []


def test_the_night_is_kept_in_both_vaults(world):
    story = world()
    ids = story.launch(2)
    story.nights(1)
    slot = story.slot()
    for region in (HOME, RECOVERY):
        assert story.manifest(slot, region)["takes"] == 2
        lines = gzip.decompress(story.object(f"nights/nightly/{slot}/config-0001.jsonl.gz", region)).decode().splitlines()
        kept = [json.loads(line) for line in lines]
        assert {line["instance"]["InstanceId"] for line in kept} == set(ids)
        assert all(line["volumes"] and line["cpu_credits"] for line in kept)


def test_a_night_without_instances_is_a_failure(world):
    story = world()
    story.launch(backup=None)
    story.nights(1)
    [record] = story.records("night.planned")
    assert (record["status"], record["reason"]) == ("failed", "no_instances")
    assert story.metric("Failed", "take-images") == 1


def test_a_misspelt_tag_key_is_found_and_not_imaged(world):
    story = world()
    story.launch()
    [wrong] = story.launch(backup=None, tags={"backup": "nightly"})
    story.nights(1)
    assert {record["instance_id"] for record in story.records("instance.tag", reason="tag_key_case")} == {wrong}
    assert len(story.good()) == 1


def test_a_reboot_happens_only_where_it_was_asked_for(world):
    story = world()
    [quiet] = story.launch()
    [rebooted] = story.launch(tags={"Backup:reboot": "true"})
    story.nights(2)
    asked = {call.parameters["InstanceId"]: call.parameters["NoReboot"] for call in story.calls("CreateImage")}
    assert asked == {quiet: True, rebooted: False}
    consistency = {record["instance_id"]: record["detail"]["consistency"] for record in story.records("image.take", status="done")}
    assert consistency == {quiet: "crash", rebooted: "rebooted"}


def test_a_fleet_of_more_than_one_page_is_planned_and_kept_page_by_page(world):
    story = world('home_region = "ap-south-1"\n[policies.nightly]\nschedule = "cron(0 2 * * ? *)"\nfirst_image = "none"\n')
    story.sandbox.ec2.quotas.pending_snapshots = 400
    story.launch(201)
    story.until(4)
    manifest = story.manifest(story.slot())
    assert (manifest["pages"], manifest["takes"]) == (2, 201)
    lines = [gzip.decompress(story.object(f"nights/nightly/{story.slot()}/plan-{number:04}.jsonl.gz")) for number in (1, 2)]
    assert [len(part.splitlines()) for part in lines] == [200, 1]
    assert len(story.images(HOME)) == 201
