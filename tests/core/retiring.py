"""What tests of retiring share: one instance, its images night by night, and what becomes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from functions.core import tags
from functions.core.retire import judge
from functions.core.retire.backup import Seen
from functions.core.retire.memory import NOTHING, Memory
from functions.core.slot import slot_label
from tests.builders import HOME, RECOVERY, config, copy_of, image, instance

NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)
LAST = datetime(2027, 3, 31, 1, 30, tzinfo=UTC)
KEEP = {"daily": 3, "at_least": 2}


def night(age):
    return LAST - timedelta(days=age)


def old(age, **fields):
    """The image of a night so long ago."""
    return image(age + 1, of=instance(), start=night(age), **fields)


def known(days, *ids, condition, region=HOME):
    """The memory of runs that have found these ids in a condition for so many days."""
    return Memory(regions={region: {condition: {key: NOW - timedelta(days=days) for key in ids}}})


def seen(home, recovery=None, instances=None, good=None, now=NOW, memory=NOTHING):
    copies = [copy_of(one) for one in home if one.state == "available"] if recovery is None else recovery
    images = {HOME: home, RECOVERY: copies}
    usable = {one.image_id for held in images.values() for one in held if one.state == "available"}
    listed = [instance()] if instances is None else instances
    return Seen({one.instance_id: one for one in listed}, images, frozenset(usable if good is None else good), now, memory)


def policy(**fields):
    return config(nightly={"keep": KEEP} | fields)


def verdicts(conf, view, region=HOME):
    return {verdict.image.image_id: verdict for verdict in judge(conf, view) if verdict.image.region == region}


def of(subject, others=range(4), conf=None, **view):
    """What becomes of `subject` beside the images of the last nights."""
    home = [old(age) for age in others]
    return verdicts(conf or policy(), seen([*home, subject], **view))[subject.image_id]


def disabled(age, days, **fields):
    """An image of so long ago that was disabled so many days ago."""
    since = slot_label(NOW - timedelta(days=days))
    one = old(age, state="disabled", **fields)
    return replace(one, tags={**one.tags, tags.DISABLED_AT: since})


def held(one, why="audit"):
    return replace(one, tags={**one.tags, tags.HOLD: why})


states = st.sampled_from(["available", "available", "available", "disabled", "pending", "failed"])


@st.composite
def worlds(draw):
    """An instance that may be gone or left out, with any images in any state."""
    ages = draw(st.lists(st.integers(0, 120), unique=True, max_size=25))
    home = [disabled(age, draw(st.integers(0, 40))) if draw(st.booleans()) else old(age, state=draw(states)) for age in ages]
    copies = [copy_of(one, state=draw(states)) for one in home if draw(st.booleans())]
    there = draw(st.sampled_from([[], [instance()], [instance(backup="off")]]))
    return seen(home, recovery=copies, instances=there)
