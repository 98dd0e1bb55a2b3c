"""The Recycle Bin's rules are what the configuration says, in home and every recovery region."""

from datetime import timedelta

import pytest

from tests.stories.world import HOME, LOCKED, NIGHTLY, RECOVERY

OTHER = "us-east-1"
TYPES = ("EBS_SNAPSHOT", "EC2_IMAGE")
OURS = [{"ResourceTagKey": "nightkeep:home", "ResourceTagValue": HOME}]


def rbin(story, region=HOME):
    return story.sandbox.client("rbin", region)


def rules(story, region=HOME, home=HOME):
    """The rules that a home made in a region, by resource type, each with its own tags."""
    client, found = rbin(story, region), {resource_type: [] for resource_type in TYPES}
    for resource_type in TYPES:
        for summary in client.list_rules(ResourceType=resource_type)["Rules"]:
            tags = {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceArn=summary["RuleArn"])["Tags"]}
            if tags.get("nightkeep:home") == home and "nightkeep:created" in tags:
                found[resource_type].append(client.get_rule(Identifier=summary["Identifier"]) | {"Tags": tags})
    return found


def told(rule):
    """What a rule says, without the answer around it."""
    return {name: value for name, value in rule.items() if name not in {"ResponseMetadata", "Status"}}


def days(rule):
    return rule["RetentionPeriod"]["RetentionPeriodValue"]


def marks(created):
    """The tags of a rule of ours."""
    return [{"Key": "nightkeep:home", "Value": HOME}, {"Key": "nightkeep:created", "Value": created}]


def period(number):
    return {"RetentionPeriodValue": number, "RetentionPeriodUnit": "DAYS"}


def one(story, resource_type="EC2_IMAGE", region=HOME, home=HOME):
    [rule] = rules(story, region, home)[resource_type]
    return rule


def deployed(story, region=HOME, stack=f"Nightkeep-{HOME}", status="UPDATE_COMPLETE"):
    """CloudFormation tells that a stack is finished; a moment passes."""
    arn = f"arn:aws:cloudformation:{region}:{story.sandbox.account}:stack/{stack}/b63da1b0-9f1a-11f1-8a37-0a7f3e2cd1b3"
    detail = {"stack-id": arn, "status-details": {"status": status, "status-reason": ""}, "client-request-token": ""}
    story.sandbox.ec2.notices.send(region, "aws.cloudformation", "CloudFormation Stack Status Change", [arn], detail)
    story.sandbox.clock.run_for(timedelta(minutes=1))


def trail(story):
    """A trail that logs every region."""
    story.sandbox.client("s3", HOME).create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": HOME})
    client = story.sandbox.client("cloudtrail", HOME)
    client.create_trail(Name="trail", S3BucketName="trail", IsMultiRegionTrail=True)
    client.start_logging(Name="trail")


@pytest.fixture
def quiet(world):
    """Builds a World in which only the guard is at work."""

    def build(*configurations, homes=(HOME,)):
        story = world(*configurations, homes=homes)
        for home in homes:
            for part in ("sweep", "take-nightly"):
                story.sandbox.client("scheduler", home).delete_schedule(Name=f"nightkeep-{home}-{part}")
        story.sandbox.clock.run_for(timedelta(minutes=1))
        return story

    return build


@pytest.fixture
def guarded(quiet):
    """The same, and the deployment has just been guarded."""

    def build(*configurations):
        story = quiet(*configurations)
        deployed(story)
        return story

    return build


def changes(story):
    return [call.operation for call in story.calls(service="rbin") if not call.operation.startswith(("List", "Get"))]


def test_after_a_deployment_both_regions_keep_what_is_ours_and_snapshots_a_day_longer(guarded):
    story = guarded()
    for region in (HOME, RECOVERY):
        assert days(one(story, "EC2_IMAGE", region)) == 14
        assert days(one(story, "EBS_SNAPSHOT", region)) == 15
        for resource_type in TYPES:
            rule = one(story, resource_type, region)
            assert (rule["ResourceTags"], rule["ExcludeResourceTags"], rule.get("LockState")) == (OURS, [], None)
            assert rule["Tags"]["nightkeep:created"].startswith("2027-03-01T00:0")
    assert {(record["region"], record["reason"]) for record in story.records("rule.create", status="done")} == {
        (HOME, "missing"),
        (RECOVERY, "missing"),
    }


def test_the_recovery_stacks_own_deployment_is_told_home(quiet):
    story = quiet()
    for rule in rules(story, RECOVERY)["EC2_IMAGE"]:
        rbin(story, RECOVERY).delete_rule(Identifier=rule["Identifier"])
    deployed(story, RECOVERY, f"Nightkeep-{HOME}-recovery", "CREATE_COMPLETE")
    assert one(story, region=RECOVERY)["ResourceTags"] == OURS


def test_other_stacks_and_unfinished_ones_start_nothing(guarded):
    story = guarded()
    looked = len(story.calls(service="rbin"))
    for stack in ("Nightkeep-ap-south-10", "Nightkeep-us-east-1-recovery", "nightkeep"):
        deployed(story, stack=stack)
    deployed(story, status="UPDATE_IN_PROGRESS")
    assert len(story.calls(service="rbin")) == looked


def test_a_guard_that_finds_all_as_it_should_be_says_so_and_changes_nothing(guarded):
    story = guarded()
    made = len(changes(story))
    story.until(11, 12)
    assert len(changes(story)) == made == 4
    *_, at_home = story.records("bin.guard", status="already", region=HOME)
    assert sorted(at_home["detail"]["rules"]) == sorted(rule["Identifier"] for found in rules(story).values() for rule in found)
    assert story.records("bin.guard", status="already", region=RECOVERY) != []
    assert story.metric("Failed", "guard-bin") == 0


def test_without_a_trail_drift_is_repaired_by_the_daily_guard(guarded):
    story = guarded()
    elsewhere = [{"ResourceTagKey": "nightkeep:home", "ResourceTagValue": "elsewhere"}]
    drifts = {
        (HOME, "EC2_IMAGE"): {"RetentionPeriod": period(1)},
        (HOME, "EBS_SNAPSHOT"): {"RetentionPeriod": period(200)},
        (RECOVERY, "EC2_IMAGE"): {"ResourceTags": elsewhere},
        (RECOVERY, "EBS_SNAPSHOT"): {"ResourceTags": [*OURS, *elsewhere]},
    }
    before = {place: one(story, place[1], place[0]) for place in drifts}
    for (region, resource_type), drift in drifts.items():
        rbin(story, region).update_rule(Identifier=before[region, resource_type]["Identifier"], **drift)
    story.until(11, 10)
    assert story.records("rule.update") == []
    story.until(11, 12)
    assert {place: told(one(story, place[1], place[0])) for place in drifts} == {place: told(rule) for place, rule in before.items()}
    repaired = {
        (record["region"], record["resource_id"]): record for record in story.records("rule.update", status="done", reason="drifted")
    }
    assert len(repaired) == 4
    assert repaired[HOME, before[HOME, "EC2_IMAGE"]["Identifier"]]["detail"]["differs"] == {"days": [1, 14]}


def test_with_a_trail_drift_is_repaired_at_once_and_our_own_changes_start_nothing(guarded):
    story = guarded()
    trail(story)
    looked = len(story.calls("ListRules", service="rbin"))
    for region in (HOME, RECOVERY):
        rbin(story, region).update_rule(Identifier=one(story, region=region)["Identifier"], RetentionPeriod=period(1))
    story.sandbox.clock.run_for(timedelta(minutes=1))
    assert [days(one(story, region=region)) for region in (HOME, RECOVERY)] == [14, 14]
    story.sandbox.clock.run_for(timedelta(hours=1))
    assert len(story.calls("ListRules", service="rbin")) == looked + 4  # of two types in two regions, once
    assert len(story.records("rule.update")) == 2


def test_a_rule_that_was_deleted_is_made_again_at_once_where_a_trail_tells(guarded):
    story = guarded()
    trail(story)
    gone = one(story)["Identifier"]
    rbin(story).delete_rule(Identifier=gone)
    story.sandbox.clock.run_for(timedelta(minutes=1))
    assert one(story)["Identifier"] != gone
    assert [record["detail"]["resource_type"] for record in story.records("rule.create", region=HOME)] == [
        "EBS_SNAPSHOT",
        "EC2_IMAGE",
        "EC2_IMAGE",
    ]


def test_of_duplicates_the_younger_goes_once_the_older_is_trusted(guarded):
    story = guarded()
    older = one(story)
    younger = rbin(story).create_rule(
        ResourceType="EC2_IMAGE",
        RetentionPeriod=period(14),
        ResourceTags=OURS,
        Tags=marks("2027-03-01T08:00:00+00:00"),
    )["Identifier"]
    story.until(12)
    assert len(rules(story)["EC2_IMAGE"]) == 2
    story.until(12)
    assert one(story)["Identifier"] == older["Identifier"]
    [record] = story.records("rule.delete")
    assert (record["status"], record["reason"], record["resource_id"]) == ("done", "duplicate", younger)


def test_foreign_rules_are_named_and_left_alone(guarded):
    story = guarded()
    everything = rbin(story).create_rule(ResourceType="EC2_IMAGE", RetentionPeriod=period(30))["Identifier"]
    rbin(story).create_rule(
        ResourceType="EC2_IMAGE", RetentionPeriod=period(3), ResourceTags=[{"ResourceTagKey": "Team", "ResourceTagValue": "ops"}]
    )
    story.until(12)
    [named] = story.records("rule.check")
    assert (named["status"], named["reason"], named["resource_id"], named["detail"]["days"]) == ("skipped", "foreign_rule", everything, 30)
    assert len(changes(story)) == 4
    assert len(rbin(story).list_rules(ResourceType="EC2_IMAGE")["Rules"]) == 3


def test_a_rule_whose_tags_were_taken_off_is_foreign_and_gets_a_successor(guarded):
    story = guarded()
    before = one(story)
    rbin(story).untag_resource(ResourceArn=before["RuleArn"], TagKeys=["nightkeep:created"])
    story.until(12)
    assert one(story)["Identifier"] != before["Identifier"]
    assert [record["resource_id"] for record in story.records("rule.check", reason="foreign_rule")] == [before["Identifier"]]


def locked(guarded):
    """A deployment of locked rules: made on its first day, locked when they were seen to be right."""
    story = guarded(LOCKED)
    story.until(12)
    assert {rule["LockState"] for region in (HOME, RECOVERY) for [rule] in rules(story, region).values()} == {"locked"}
    assert {(record["status"], record["reason"]) for record in story.records("rule.lock")} == {("done", "lock_missing")}
    made = {record["resource_id"]: record["timestamp"] for record in story.records("rule.create")}
    assert all(record["timestamp"] > made[record["resource_id"]] for record in story.records("rule.lock"))
    return story


def test_a_locked_rule_that_differs_is_reported_with_the_date_and_changed_when_it_can_be(quiet):
    story = quiet(LOCKED)
    for rule in [each for kind in rules(story).values() for each in kind]:
        rbin(story).delete_rule(Identifier=rule["Identifier"])
    differing = rbin(story).create_rule(
        ResourceType="EC2_IMAGE",
        RetentionPeriod=period(3),
        LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}},
        Tags=marks("2027-02-01T00:00:00+00:00"),
    )["Identifier"]
    story.sandbox.clock.run_for(timedelta(minutes=1))
    [record] = story.records("rule.check", status="failed")
    assert (record["reason"], record["resource_id"]) == ("rule_locked", differing)
    assert record["detail"]["differs"] == {"days": [3, 14]}
    assert record["detail"]["changeable_from"].startswith("2027-03-08T00:0")
    assert story.metric("Failed", "guard-bin") == 1
    rbin(story).unlock_rule(Identifier=differing)
    story.until(12, days=7)
    assert (one(story)["Identifier"], days(one(story)), one(story)["LockState"]) == (differing, 14, "locked")
    assert {record["reason"] for record in story.records("rule.lock", status="done")} == {"lock_missing"}
    assert {record["reason"] for record in story.records("rule.check")} == {"rule_locked", "unlock_scheduled"}


def test_an_unlocking_that_nobody_configured_rings_and_is_taken_back(guarded):
    story = locked(guarded)
    identifier = one(story, region=RECOVERY)["Identifier"]
    rbin(story, RECOVERY).unlock_rule(Identifier=identifier)
    story.sandbox.clock.run_for(timedelta(minutes=1))
    [record] = story.records("rule.check", status="failed")
    assert (record["reason"], record["region"], record["resource_id"]) == ("unlock_scheduled", RECOVERY, identifier)
    assert record["detail"]["changeable_from"].startswith("2027-03-08T12:00")
    assert story.metric("Failed", "guard-bin") == 1
    assert one(story, region=RECOVERY)["LockState"] == "locked"


def test_an_attempt_to_change_a_locked_rule_rings(guarded):
    story = locked(guarded)
    identifier = one(story, region=RECOVERY)["Identifier"]
    with pytest.raises(rbin(story, RECOVERY).exceptions.ConflictException):
        rbin(story, RECOVERY).delete_rule(Identifier=identifier)
    story.sandbox.clock.run_for(timedelta(minutes=1))
    [record] = story.records("rule.check", status="failed")
    assert (record["reason"], record["resource_id"], record["detail"]["api_name"]) == ("change_attempted", identifier, "DeleteRule")
    assert story.metric("Failed", "guard-bin") == 1


def test_a_rule_of_another_scope_goes_only_when_its_successor_is_trusted(guarded):
    story = guarded()
    before = one(story)["Identifier"]
    rbin(story).update_rule(Identifier=before, ResourceTags=[])
    story.until(12)
    [new] = [rule for rule in rules(story)["EC2_IMAGE"] if rule["Identifier"] != before]
    assert new["ResourceTags"] == OURS
    story.until(11, 10)
    assert len(rules(story)["EC2_IMAGE"]) == 2
    story.until(12)
    assert one(story)["Identifier"] == new["Identifier"]
    assert [(record["reason"], record["resource_id"]) for record in story.records("rule.delete")] == [("other_scope", before)]


def test_two_homes_in_one_recovery_region_leave_each_others_rules_alone(quiet):
    story = quiet(NIGHTLY, NIGHTLY.replace('"ap-south-1"', f'"{OTHER}"'), homes=(HOME, OTHER))
    trail(story)
    story.until(12)
    mine, theirs = one(story, region=RECOVERY), one(story, region=RECOVERY, home=OTHER)
    assert mine["ResourceTags"] == OURS
    assert theirs["ResourceTags"] == [{"ResourceTagKey": "nightkeep:home", "ResourceTagValue": OTHER}]
    rbin(story, RECOVERY).update_rule(Identifier=theirs["Identifier"], RetentionPeriod=period(1))
    story.sandbox.clock.run_for(timedelta(minutes=1))
    assert days(one(story, region=RECOVERY, home=OTHER)) == 14
    assert story.records("rule.update") == []
    assert len(story.records("rule.update", home=OTHER, status="done")) == 1
    story.until(12)
    assert len(rbin(story, RECOVERY).list_rules(ResourceType="EC2_IMAGE")["Rules"]) == 2


def test_a_region_that_is_down_holds_up_no_other(guarded):
    story = guarded(NIGHTLY.replace('["eu-west-1"]', '["eu-west-1", "us-east-1"]'))
    for region in (RECOVERY, OTHER):
        rbin(story, region).update_rule(Identifier=one(story, region=region)["Identifier"], RetentionPeriod=period(1))
    story.sandbox.faults.unreachable(RECOVERY, between=(story.now, story.now + timedelta(hours=11, minutes=30)))
    story.until(12)
    assert [days(one(story, region=region)) for region in (RECOVERY, OTHER)] == [1, 14]
    [record] = story.records("bin.guard", status="failed")
    assert (record["region"], record["reason"]) == (RECOVERY, "unreachable")
    story.until(12)
    assert days(one(story, region=RECOVERY)) == 14


def test_what_is_refused_is_recorded_and_comes_again(guarded):
    story = guarded()
    for resource_type in TYPES:
        rbin(story).update_rule(Identifier=one(story, resource_type)["Identifier"], RetentionPeriod=period(1))
    story.sandbox.faults.refuse("rbin", "UpdateRule", HOME, "ValidationException", status=400, times=1)
    story.until(12)
    [record] = story.records("rule.update", status="failed")
    assert (record["reason"], record["error_code"], record["region"]) == ("aws_refused", "ValidationException", HOME)
    assert [days(one(story, resource_type)) for resource_type in TYPES] == [1, 14]
    story.until(12)
    assert [days(one(story, resource_type)) for resource_type in TYPES] == [15, 14]
