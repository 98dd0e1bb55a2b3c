"""Two deployments in one account never touch each other's."""

from tests.stories.world import HOME, NIGHTLY, RECOVERY

OTHER = "us-east-1"


def other(copy_to):
    return NIGHTLY.replace('"ap-south-1"', f'"{OTHER}"').replace('"eu-west-1"', f'"{copy_to}"')


def test_two_homes_share_one_recovery_region(world):
    story = world(NIGHTLY, other(RECOVERY), homes=(HOME, OTHER))
    story.launch(2)
    story.launch(3, region=OTHER)
    story.nights(2)
    assert (len(story.good(HOME)), len(story.good(OTHER, OTHER))) == (4, 6)
    assert len(story.good(RECOVERY)) == 4
    assert len(story.good(RECOVERY, OTHER)) == 6
    verified = [len(story.records("image.verify", home, status="already")) for home in (HOME, OTHER)]
    assert verified == [4, 6]
    assert story.dead_letters() == []


def test_two_homes_that_are_each_others_recovery_region_do_not_echo(world):
    story = world(NIGHTLY.replace('"eu-west-1"', f'"{OTHER}"'), other(HOME), homes=(HOME, OTHER))
    story.launch(1)
    story.launch(1, region=OTHER)
    story.nights(1)
    assert len(story.good(OTHER)) == 1
    assert len(story.good(HOME, OTHER)) == 1
    followed = [len(story.records("image.follow", home, status="already")) for home in (HOME, OTHER)]
    assert followed == [1, 1]
