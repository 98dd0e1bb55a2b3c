"""Which instances a policy takes, and what looks like a mistake in their tags."""

import pytest

from functions.core import selection
from functions.core.record import Reason
from tests.builders import config, instance

CONF = config(
    nightly={"exclude_tags": {"env": "dev", "no-backup": "*"}, "states": ["running"], "spot": False, "auto_scaling": False}, weekly={}
)
MEMBER = {"aws:autoscaling:groupName": "web"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"backup": "weekly nightly"}, None),
        ({"backup": "weekly"}, Reason.OTHER_POLICY),
        ({"backup": "nightly off"}, Reason.OPTED_OUT),
        ({"backup": "Nightly"}, Reason.UNKNOWN_POLICY),
        ({"backup": None}, Reason.NOT_SELECTED),
        ({"backup": None, "tags": {"backup": "nightly"}}, Reason.TAG_KEY_CASE),
        ({"tags": {"env": "dev"}}, Reason.EXCLUDED_TAG),
        ({"tags": {"env": "prod"}}, None),
        ({"tags": {"no-backup": ""}}, Reason.EXCLUDED_TAG),
        ({"state": "stopped"}, Reason.EXCLUDED_STATE),
        ({"state": "stopping"}, Reason.INSTANCE_STATE),
        ({"spot": True}, Reason.SPOT),
        ({"tags": MEMBER}, Reason.AUTO_SCALING),
        ({"root_device_type": "instance-store"}, Reason.INSTANCE_STORE_ROOT),
    ],
)
def test_each_refusal_has_its_reason(fields, reason):
    assert selection.why_not(CONF, CONF.policies["nightly"], instance(**fields)) is reason


def test_spot_and_auto_scaling_members_and_stopped_ones_are_imaged_unless_the_policy_says_otherwise():
    one = instance(backup="weekly", spot=True, state="stopped", tags=MEMBER | {"env": "dev"})
    assert selection.why_not(CONF, CONF.policies["weekly"], one) is None


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"Backup": "nightly, weekly"}, [(Reason.UNKNOWN_POLICY, "nightly,", "nightly")]),
        ({"Backup": " Nightly  weekly "}, [(Reason.UNKNOWN_POLICY, "Nightly", "nightly")]),
        ({"Backup": "zzz"}, [(Reason.UNKNOWN_POLICY, "zzz", None)]),
        ({"Backup ": "nightly"}, [(Reason.TAG_KEY_CASE, "Backup ", "Backup")]),
        ({"backup:now": "x"}, [(Reason.TAG_KEY_CASE, "backup:now", "Backup:now")]),
        ({"Backup:Hold": ""}, [(Reason.TAG_KEY_CASE, "Backup:Hold", "Backup:hold")]),
        ({"Backup:now": "a.b"}, [(Reason.NOW_LABEL, "a.b", selection.LABEL_RULE)]),
        ({"Backup:now": " before-upgrade "}, []),
    ],
)
def test_mistakes_are_found_with_what_was_meant(tags, found):
    told = selection.findings(CONF, [instance(backup=None, tags=tags)])
    assert [(one.reason, one.value, one.nearest) for one in told] == found


@pytest.mark.parametrize(
    ("backup", "policy"), [("weekly nightly", "weekly"), ("off weekly", "weekly"), ("zzz", "nightly"), (None, "nightly")]
)
def test_an_image_on_demand_has_the_first_known_policy(backup, policy):
    assert selection.policy_on_demand(CONF, instance(backup=backup)).name == policy
