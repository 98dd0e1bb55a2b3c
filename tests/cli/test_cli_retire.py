"""`nightkeep plan retire`, `apply`, `hold` and `release`, on an account where Nightkeep is deployed."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from cli.main import app
from functions.aws import clients
from sandbox.account import Sandbox
from tests.stories.retiring import RETIRING, arm, days, history, only_retire, orphan
from tests.stories.world import HOME, RECOVERY, World, start_at

RUN = CliRunner(env={"COLUMNS": "220"})
CACHED = (clients._session, clients.ec2, clients.kms, clients.rbin, clients.s3, clients.sqs, clients.sts)


@pytest.fixture
def story(synthesize):
    """Three nights of an instance; the run that would disable the first is not started by itself."""
    for client in CACHED:
        client.cache_clear()
    with Sandbox(start_at()) as sandbox:
        built = World(sandbox, synthesize, RETIRING)
        arm(built)
        only_retire(built)
        sandbox.client("scheduler", HOME).delete_schedule(Name=f"nightkeep-{HOME}-retire-images")
        built.fleet = built.launch()
        built.made = history(built, built.fleet, 3)
        yield built
    for client in CACHED:
        client.cache_clear()


@pytest.fixture
def nightkeep(story, tmp_path):
    """Runs the command; what it changes is only what is expected."""
    path = tmp_path / "nightkeep.toml"
    path.write_text(RETIRING, encoding="utf-8")

    def run(*arguments, may=()):
        before = len(story.sandbox.gateway.calls)
        result = RUN.invoke(app, [*arguments, "--config", str(path)])
        calls = {call.operation for call in story.sandbox.gateway.calls[before:]}
        assert {call for call in calls if not call.startswith(("Describe", "Get", "List"))} == set(may)
        return result

    return run


def remember(story, regions):
    """Let the next plan know this of earlier runs."""
    vault = f"nightkeep-{HOME}-{story.sandbox.account}-{HOME}-an"
    document = json.dumps({"version": 1, "regions": regions})
    story.sandbox.client("s3", HOME).put_object(Bucket=vault, Key="retire/memory.json", Body=document.encode())


def planned(nightkeep):
    return {
        (image["region"], image["slot"][6:8]): (image["decision"], image["step"], image["reason"])
        for image in json.loads(nightkeep("plan", "retire", "--json").stdout)["images"]
    }


def test_the_plan_shows_every_image_with_its_decision_and_reason(nightkeep):
    in_each = {"01": ("step", "disable", "stale"), "02": ("keep", None, "newest"), "03": ("keep", None, "newest")}
    assert planned(nightkeep) == {(region, day): verdict for region in (HOME, RECOVERY) for day, verdict in in_each.items()}


def test_the_plan_asks_who_images_are_shared_with(nightkeep, story):
    first = story.made[0][story.fleet[0], HOME]
    story.ec2().modify_image_attribute(ImageId=first, LaunchPermission={"Add": [{"UserId": "111122223333"}]})
    assert planned(nightkeep)[HOME, "01"] == ("skip", None, "shared")


def test_a_plan_that_knows_nothing_of_earlier_runs_says_so(nightkeep, story):
    story.sandbox.faults.refuse("s3", "GetObject", HOME, "AccessDenied", status=403)
    result = nightkeep("plan", "retire")
    assert "What earlier runs saw cannot be read" in result.stderr
    assert "2 disable, 4 keep" in result.stdout


def test_the_plan_for_programs_says_all_that_apply_would_do(nightkeep, story, tmp_path):
    [instance], saved = story.fleet, tmp_path / "plan.json"
    (tmp_path / "nightkeep.toml").write_text("retire_limit = 1\n" + RETIRING, encoding="utf-8")
    old = orphan(story, instance, "20270201T0200Z")
    story.sandbox.clock.run_for(timedelta(minutes=1))  # EC2 limits how often a volume is snapshotted
    new = orphan(story, instance, "20270202T0200Z")
    history(story, story.fleet, 2)
    remember(story, {HOME: {"orphan": {old: "2027-02-20T12:00:00Z"}}})
    nightkeep("plan", "retire", "--save", str(saved))
    plan = json.loads(nightkeep("plan", "retire", "--json").stdout)
    goes, stays = sorted(plan["orphans"], key=lambda one: one["slot"])
    about = {"region": HOME, "policy": "nightly", "instance_id": instance}
    assert goes.items() >= (about | {"snapshot_id": old, "decision": "step", "step": "delete", "reason": "orphan", "detail": None}).items()
    assert stays.items() >= (about | {"snapshot_id": new, "decision": "skip", "step": None, "reason": "orphan"}).items()
    assert stays["detail"].keys() == {"due"}
    images = {f"{one['region']} {one['image_id']}": one["step"] for one in plan["images"] if one["step"]}
    assert images | {f"{HOME} {old}": "delete"} == json.loads(saved.read_text())["steps"]
    assert (plan["over_limit"], plan["most"]) == (True, 1)
    assert plan["over"] == [{"region": region, "step": "disable", "count": 2} for region in (HOME, RECOVERY)]
    assert plan["unseen"] == plan["refused"] == {}


@pytest.mark.parametrize(
    ("key", "region", "operation", "others"),
    [("refused", HOME, "DescribeImageReferences", "unseen"), ("unseen", RECOVERY, "DescribeImages", "refused")],
)
def test_the_plan_for_programs_says_what_could_not_be_asked(nightkeep, story, key, region, operation, others):
    story.sandbox.faults.refuse("ec2", operation, region, "UnauthorizedOperation", status=403)
    plan = json.loads(nightkeep("plan", "retire", "--json").stdout)
    assert plan[key].keys() == {region}
    assert "UnauthorizedOperation" in plan[key][region]
    assert plan[others] == {}


def test_the_plan_as_a_table(nightkeep, story):
    first = story.made[0][story.fleet[0], HOME]
    shown = nightkeep("plan", "retire").stdout
    assert "2 disable, 4 keep" in shown
    assert first in shown
    assert "stale" in shown


def test_a_saved_plan_is_done_exactly(nightkeep, story, tmp_path):
    plan = tmp_path / "plan.json"
    assert nightkeep("plan", "retire", "--save", str(plan)).exit_code == 0
    assert nightkeep("apply", str(plan), may=["SendMessageBatch"]).stdout.startswith("2 steps ordered")
    story.until(11)
    assert days(story)["01"] == days(story, RECOVERY)["01"] == "disabled"


def test_a_plan_is_refused_when_the_world_has_changed_or_it_is_none(nightkeep, story, tmp_path):
    plan = tmp_path / "plan.json"
    nightkeep("plan", "retire", "--save", str(plan))
    first = story.made[0][story.fleet[0], HOME]
    story.ec2().create_tags(Resources=[first], Tags=[{"Key": "nightkeep:hold", "Value": "now"}])
    result = nightkeep("apply", str(plan))
    assert result.exit_code == 1
    assert f"{HOME} {first}: disable then, stays now" in result.stderr
    plan.write_text("{}", encoding="utf-8")
    assert "is not a plan" in nightkeep("apply", str(plan)).stderr
    assert "cannot be read" in nightkeep("apply", str(tmp_path / "none.json")).stderr


def test_a_plan_over_the_limit_is_refused_unless_somebody_says_so(nightkeep, story, tmp_path):
    plan = tmp_path / "plan.json"
    (tmp_path / "nightkeep.toml").write_text("retire_limit = 1\n" + RETIRING, encoding="utf-8")
    history(story, story.fleet, 2)
    nightkeep("plan", "retire", "--save", str(plan))
    refused = nightkeep("apply", str(plan))
    assert refused.exit_code == 1
    assert f"2 at disable in {HOME}, 2 at disable in {RECOVERY}; nothing was done" in " ".join(refused.stderr.split())
    assert nightkeep("apply", str(plan), "--over-limit", may=["SendMessageBatch"]).stdout.startswith("4 steps ordered")


def test_a_plan_of_another_home_is_refused(nightkeep, tmp_path):
    plan = tmp_path / "plan.json"
    nightkeep("plan", "retire", "--save", str(plan))
    plan.write_text(plan.read_text().replace(HOME, "us-east-1", 1), encoding="utf-8")
    assert "the plan is for us-east-1" in nightkeep("apply", str(plan)).stderr


def test_held_images_and_copies_stay_until_they_are_released(nightkeep, story):
    first, copy = (story.made[0][story.fleet[0], region] for region in (HOME, RECOVERY))
    result = nightkeep("hold", first, copy, "--why", "audit", may=["CreateTags"])
    assert result.stdout.splitlines() == [f"{HOME} {first} is held", f"{RECOVERY} {copy} is held"]
    assert {verdict for (_, day), verdict in planned(nightkeep).items() if day == "01"} == {("skip", None, "held")}
    assert "is released" in nightkeep("release", first, copy, may=["DeleteTags"]).stdout
    assert {verdict for (_, day), verdict in planned(nightkeep).items() if day == "01"} == {("step", "disable", "stale")}


def test_what_is_not_ours_cannot_be_held(nightkeep, story):
    result = nightkeep("hold", story.made[0][story.fleet[0], HOME], "ami-0linux")
    assert result.exit_code == 1
    assert "ami-0linux; nothing was changed" in result.stderr


def test_an_image_on_demand_stays_until_it_is_released_and_then_goes_like_any_other(nightkeep, story, tmp_path):
    [instance] = story.fleet
    story.ec2().create_tags(Resources=[instance], Tags=[{"Key": "Backup:now", "Value": "upgrade"}])
    story.until(11)
    asked = story.images(HOME, name=f"nightkeep/nightly/{instance}/now-upgrade")
    history(story, story.fleet, 2)

    def verdict():
        [found] = [one for one in json.loads(nightkeep("plan", "retire", "--json").stdout)["images"] if one["slot"] == "now-upgrade"]
        return found["decision"], found["reason"]

    assert verdict() == ("skip", "held")
    assert nightkeep("release", asked[0]["ImageId"], may=["DeleteTags"]).exit_code == 0
    assert verdict() == ("skip", "half_of_instance")  # older ones are stale too, and go first
    for hour, expected in ((11, ("step", "stale")), (12, ("keep", "ladder_waits"))):
        plan = str(tmp_path / f"{hour}.json")
        nightkeep("plan", "retire", "--save", plan)
        nightkeep("apply", plan, may=["SendMessageBatch"])
        story.until(hour)
        assert verdict() == expected
    assert [image["State"] for image in story.images(HOME, name=asked[0]["Name"])] == ["disabled"]
