"""Recycle Bin: what its rules cover, from when, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.sandbox.binned import DAY, HOUR, images, snapshots, tags_of
from tests.sandbox.conftest import HOME

pytestmark = [pytest.mark.facts("2.2"), pytest.mark.facts("1.14"), pytest.mark.usefixtures("prompt")]


def pairs(**tags):
    return [{"ResourceTagKey": key, "ResourceTagValue": value} for key, value in tags.items()]


def stay(binned):
    return binned["RecycleBinExitTime"] - binned["RecycleBinEnterTime"]


def test_without_a_rule_all_is_gone_for_good(home, image, refused):
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert images(home) == snapshots(home) == []
    with refused("InvalidAMIID.NotFound"):
        home.restore_image_from_recycle_bin(ImageId=image)
    assert tags_of(home, image) == {}


def test_a_rule_keeps_its_own_type_and_region_only(home, recovery, take, copy, bin_rule):
    bin_rule("EC2_IMAGE")
    image = take()
    there = copy(image)
    home.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    recovery.deregister_image(ImageId=there)
    assert (len(images(home)), snapshots(home), images(recovery)) == (1, [], [])


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ([{"ResourceTags": pairs(Name="web")}], 5),
        ([{"ResourceTags": pairs(Name="db", stage="test")}], None),
        ([{"ResourceTags": pairs(Name="db", stage="live")}], 5),
        ([{"ResourceTags": pairs(Name="")}], None),
        ([{"ExcludeResourceTags": pairs(Name="db")}], 5),
        ([{"ExcludeResourceTags": pairs(other="web", Name="web")}], None),
        ([{"days": 9}, {"ResourceTags": pairs(Name="web")}], 9),
        ([{"days": 2}, {"ResourceTags": pairs(Name="web")}, {"ResourceTags": pairs(stage="live"), "days": 3}], 5),
        ([{"ExcludeResourceTags": pairs(Name="web"), "days": 9}, {"ResourceTags": pairs(stage="live")}], 5),
    ],
)
def test_the_longest_rule_that_covers_the_tags_wins(home, take, bin_rule, rules, days):
    for parameters in rules:
        bin_rule("EC2_IMAGE", **({"days": 5} | parameters))
    home.deregister_image(ImageId=take(tags={"Name": "web", "stage": "live"}))
    assert [stay(each) for each in images(home)] == ([days * DAY] if days else [])


def test_an_untagged_resource_evades_a_rule_for_tags(sandbox, home, image, bin_rule):
    bin_rule("EC2_IMAGE", ResourceTags=pairs(Name="web"))
    sandbox.clock.run_for(2 * HOUR)
    home.delete_tags(Resources=[image], Tags=[{"Key": "Name"}])
    home.deregister_image(ImageId=image)
    assert images(home) == []


def test_the_first_rule_protects_nothing_for_an_hour(sandbox, home, rbin, take, bin_rule):
    early, late = take(name="early"), take(name="late")
    first = bin_rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(minutes=1))
    bin_rule("EC2_IMAGE", days=9)
    sandbox.clock.run_for(timedelta(minutes=58))
    assert rbin.get_rule(Identifier=first)["Status"] == "available"
    home.deregister_image(ImageId=early)
    assert images(home) == []
    sandbox.clock.run_for(timedelta(minutes=1))
    home.deregister_image(ImageId=late)
    assert [each["ImageId"] for each in images(home)] == [late]


def test_how_long_the_first_rule_takes_can_be_set(sandbox, home, image, bin_rule):
    sandbox.ec2.timing = replace(sandbox.ec2.timing, first_bin_rule=timedelta())
    bin_rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(seconds=10))
    home.deregister_image(ImageId=image)
    assert len(images(home)) == 1


@pytest.mark.usefixtures("armed")
def test_a_later_rule_protects_once_it_is_available(sandbox, home, image, bin_rule):
    bin_rule("EC2_IMAGE", days=30)
    sandbox.clock.run_for(timedelta(seconds=10))
    home.deregister_image(ImageId=image)
    assert [stay(each) for each in images(home)] == [30 * DAY]


@pytest.mark.usefixtures("armed")
def test_a_pending_rule_protects_nothing(home, image, bin_rule):
    bin_rule("EC2_IMAGE", days=30)
    home.deregister_image(ImageId=image)
    assert [stay(each) for each in images(home)] == [7 * DAY]


def test_once_all_rules_are_gone_the_next_is_a_first_one(sandbox, home, image, armed, bin_rule):
    sandbox.client("rbin", HOME).delete_rule(Identifier=armed["EC2_IMAGE"])
    bin_rule("EC2_IMAGE")
    sandbox.clock.run_for(timedelta(minutes=59))
    home.deregister_image(ImageId=image)
    assert images(home) == []


def test_a_changed_rule_affects_only_what_enters_later(home, rbin, image, take, armed):
    home.deregister_image(ImageId=image)
    period = {"RetentionPeriodValue": 1, "RetentionPeriodUnit": "DAYS"}
    rbin.update_rule(Identifier=armed["EC2_IMAGE"], RetentionPeriod=period)
    home.deregister_image(ImageId=take(name="later"))
    assert [stay(each) for each in images(home)] == [7 * DAY, DAY]
    rbin.delete_rule(Identifier=armed["EC2_IMAGE"])
    assert len(images(home)) == 2
