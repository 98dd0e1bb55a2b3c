"""Names and tags are legal and within AWS's limits for any tag content."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import naming, tags
from tests.builders import config, copy_of, image, instance, night

NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
any_tags = st.dictionaries(st.text(min_size=1, max_size=128), st.text(max_size=256), max_size=50)
CONF = config(nightly={"name_tag": "{instance_name} {instance_id} {policy} {slot} {local_date}", "timezone": "Asia/Kolkata"})


@given(any_tags)
def test_tags_fit_for_any_instance(own):
    made = naming.take_tags(CONF, night(CONF), instance(tags=own))
    assert len(made) <= 47
    assert {tags.HOME, tags.POLICY, tags.INSTANCE, tags.SLOT, "Name"} <= set(made)
    assert all(0 < len(key) <= 127 and len(value) <= 256 for key, value in made.items())
    assert not any(key.lower().startswith("aws:") or key.startswith("Backup") for key in made)


@given(any_tags, st.dictionaries(st.sampled_from(["CostCenter", "Owner", "team"]), st.text(max_size=256)))
def test_the_policys_tags_outrank_the_instances_and_what_has_no_room_is_told(own, extra):
    conf = config(nightly={"tags": extra, "carry_tags": ["*"]})
    made, dropped = naming.take_tags(conf, night(conf), instance(tags=own)), naming.dropped_tags(conf, night(conf), instance(tags=own))
    assert extra.items() <= made.items()
    assert not set(made) & set(dropped)
    assert all(own[key] == made[key] for key in set(own) & set(made) - set(extra) - {"Name"} if not key.startswith("nightkeep:"))
    assert dropped == () or len(made) == 47


@pytest.mark.parametrize(("patterns", "carried"), [(["*"], "abc"), (["team*"], "ab"), (["Team", "Cost"], "c"), ([], "")])
def test_only_the_tags_that_a_policy_names_are_carried(patterns, carried):
    conf = config(nightly={"carry_tags": patterns})
    made = naming.take_tags(conf, night(conf), instance(tags={"team": "a", "team-lead": "b", "Cost": "c", "Backup:x": "d", "aws:e": "e"}))
    assert {value for value in made.values() if value in "abcde"} == set(carried)


@given(any_tags)
def test_an_instance_cannot_forge_our_tags(own):
    forged = {tags.HOME: "mars", "nightkeep:hold": "x", "Nightkeep:slot": "y"} | own
    made = naming.take_tags(CONF, night(CONF), instance(tags=forged))
    assert made[tags.HOME] == CONF.home_region
    assert {key for key in made if key.lower().startswith("nightkeep:")} == {tags.HOME, tags.POLICY, tags.INSTANCE, tags.SLOT}


@given(any_tags)
def test_a_description_is_short_printable_ascii(own):
    text = naming.description(night(CONF), instance(tags=own))
    assert len(text) <= 255
    assert text.isascii()
    assert text.isprintable()


@given(st.integers(1, 3), st.integers(1, 2**60))
def test_a_name_is_legal(attempt, number):
    assert NAME.fullmatch(naming.image_name("a" * 32, instance(number).instance_id, night().slot, attempt))


keys = st.tuples(
    st.sampled_from(["nightly", "night", "weekly-2"]),
    st.integers(1, 99),
    st.sampled_from(["20270328T0130Z", "20270329T0130Z"]),
    st.integers(1, 3),
)


@given(st.lists(keys, unique=True))
def test_names_are_unique_per_key_and_attempt(wanted):
    names = {naming.image_name(policy, instance(number).instance_id, slot, attempt) for policy, number, slot, attempt in wanted}
    assert len(names) == len(wanted)


def test_the_name_tag_and_description_show_the_local_date():
    made = naming.take_tags(CONF, night(CONF), instance())
    assert made["Name"] == f"web-1 {instance().instance_id} nightly 20270328T0130Z 2027-03-28"


def test_a_token_is_the_same_for_every_try_and_fits_ec2():
    first = naming.copy_token("ap-south-1", "ami-1", "eu-west-1", 1)
    assert first == naming.copy_token("ap-south-1", "ami-1", "eu-west-1", 1)
    assert len(first) == 64
    others = {naming.copy_token(*key) for key in [("us-east-1", "ami-1", "eu-west-1", 1), ("ap-south-1", "ami-1", "eu-west-1", 2)]}
    assert first not in others


def test_a_copy_carries_its_sources_tags_and_where_it_came_from():
    source = image()
    assert naming.copy_tags(source) == {tags.SOURCE: source.image_id, **source.tags}
    assert copy_of(source).ours("ap-south-1")


@pytest.mark.parametrize(
    ("end", "is_ours"),
    [
        ("", True),
        (".2", True),
        (".9", True),
        (".1", False),
        (".10", False),
        (".22", False),
        (".", False),
        ("2", False),
        (".2\n", False),
        ("x", False),
    ],
)
def test_an_image_of_ours_is_called_so_with_its_attempt_at_the_end(end, is_ours):
    made = image()
    assert replace(made, name=made.name + end).ours("ap-south-1") is is_ours
    assert not replace(made, name=end).ours("ap-south-1")
    assert not replace(made, name="x" + made.name + end).ours("ap-south-1")


@given(any_tags)
def test_a_copy_never_carries_more_tags_than_ec2_allows(own):
    source = image()
    tagged = replace(source, tags=own | source.tags)
    made = naming.copy_tags(tagged)
    assert len(made) <= 50
    assert source.tags.items() <= made.items()
