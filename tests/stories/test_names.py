"""What images and copies are called, and which tags they carry, also where an organization demands some."""

from tests.stories.world import HOME, NIGHTLY, RECOVERY

NAMED = f"""{NIGHTLY}
timezone = "Asia/Tokyo"
name_tag = "{{instance_name}}/{{instance_id}}/{{policy}}/{{local_date}}"
description = "{{policy}} of {{instance_name}}, {{local_date}}"
tags = {{ CostCenter = "backup", Owner = "ops" }}
carry_tags = ["team*", "CostCenter", "Owner", "n*"]
"""


def demand(*keys):
    """A service control policy: images and snapshots are made with these tags, or not at all. What a copy is made of has no such tags."""
    made = {"ec2:CreateImage": f"arn:aws:ec2:{HOME}::image/*", "ec2:CopyImage": f"arn:aws:ec2:{RECOVERY}::image/*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": action,
                "Resource": [image, "arn:aws:ec2:*::snapshot/*"],
                "Condition": {"Null": {f"aws:RequestTag/{key}": "true"}},
            }
            for key in keys
            for action, image in made.items()
        ],
    }


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource["Tags"]}


def all_made(story, region):
    """A region's images and snapshots of ours."""
    wanted = [{"Name": "tag:nightkeep:home", "Values": [HOME]}]
    return [*story.images(region), *story.ec2(region).describe_snapshots(OwnerIds=["self"], Filters=wanted)["Snapshots"]]


def test_an_organizations_demand_for_tags_is_met_in_the_creating_calls_of_images_and_copies(world):
    story = world(NAMED, homes=(HOME,))
    carried = {"team": "web", "team-lead": "ada", "CostCenter": "4711", "Secret": "x"}
    [instance] = story.launch(tags=carried)
    [crowded] = story.launch(tags={f"n{number:02}": "x" for number in range(45)})
    story.sandbox.organization_policies.append(demand("CostCenter", "Owner"))
    story.nights(2)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    assert story.records(status="failed") == []

    [image] = story.images(HOME, source_instance_id=instance)
    assert image["Description"] == "nightly of web, 2027-03-02"
    own = {"CostCenter": "backup", "Owner": "ops", "team": "web", "team-lead": "ada"}
    for region in (HOME, RECOVERY):
        made = [tags(one) for one in all_made(story, region) if tags(one)["nightkeep:instance"] == instance]
        assert len(made) == 2
        for one in made:
            assert {key: value for key, value in one.items() if not key.startswith("nightkeep:")} == {
                **own,
                "Name": f"web/{instance}/nightly/2027-03-02",
            }
    [told] = story.records("image.take", status="done", instance_id=crowded)
    assert told["detail"]["dropped_tags"] == [f"n{number:02}" for number in range(40, 45)]
    assert {len(tags(one)) for one in all_made(story, RECOVERY) if tags(one)["nightkeep:instance"] == crowded} == {48}


def test_what_an_organization_refuses_fails_with_its_words_and_holds_up_nobody(world):
    story = world(f'{NIGHTLY}\n[policies.other]\nschedule = "cron(0 2 * * ? *)"\ntags = {{ CostCenter = "backup" }}\n')
    [bare] = story.launch()
    [tagged] = story.launch(backup="other")
    story.sandbox.organization_policies.append(demand("CostCenter"))
    story.nights(1)
    assert {image["SourceInstanceId"] for image in story.images(HOME)} == {tagged}
    failures = story.records("image.take", status="failed", instance_id=bare)
    assert {(record["reason"], record["error_code"]) for record in failures} == {("not_permitted", "UnauthorizedOperation")}
    assert "explicit deny" in failures[0]["detail"]["message"]
