"""Changed tags: first images, images on demand, holds, and what lost its protection."""

from datetime import timedelta

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
