"""Every alarm reaches people, and says what to look at."""

HOME = "nightkeep-ap-south-1"
FUNCTIONS = ["take-images", "follow-images", "follow-tags", "sweep", "guard-bin", "take", "watch", "copy", "retire-images", "retire"]
BOXES = [
    "take-dead",
    "follow-dead",
    "follow-tags-dead",
    "retire-dead",
    "watch-dead",
    "copy-eu-west-1-dead",
    "copy-us-east-1-dead",
    "failed",
    "undelivered",
]


def test_these_are_the_alarms(home):
    expected = {f"{HOME}-{box}-not-empty" for box in BOXES}
    expected |= {f"{HOME}-{function}-{what}" for function in FUNCTIONS for what in ("recorded-failures", "crashed")}
    expected |= {f"{HOME}-night-overdue-nightly", f"{HOME}-night-overdue-weekly", f"{HOME}-sweep-silent"}
    assert set(home.named("CloudWatch::Alarm", "AlarmName")) == expected


def test_the_recovery_region_watches_its_own_undelivered_events(recovery):
    assert set(recovery.named("CloudWatch::Alarm", "AlarmName")) == {f"{HOME}-undelivered-not-empty"}


def test_every_alarm_acts_on_the_topic_that_people_read(stack):
    (topic,) = stack.all("SNS::Topic").values()
    for alarm in stack.named("CloudWatch::Alarm", "AlarmName").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic["Properties"]["TopicName"]]
    subscriptions = [each["Properties"] for each in stack.all("SNS::Subscription").values()]
    assert {each["Endpoint"] for each in subscriptions} == {"ops@example.com", "night@example.com"}
    assert {each["TopicArn"] for each in subscriptions} == {topic["Properties"]["TopicName"]}


def test_cloudwatch_may_publish_to_the_topic(stack):
    (topic,) = stack.all("SNS::Topic").values()
    (policy,) = stack.all("SNS::TopicPolicy").values()
    assert "KmsMasterKeyId" not in topic["Properties"], "CloudWatch cannot publish under alias/aws/sns"
    (allow,) = [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_every_alarm_says_what_to_look_at(stack):
    for name, alarm in stack.named("CloudWatch::Alarm", "AlarmName").items():
        assert "Logs Insights" in alarm["AlarmDescription"], name
        assert len(alarm["AlarmDescription"]) <= 1024


def test_one_failure_or_one_letter_is_enough(home):
    for name, alarm in home.named("CloudWatch::Alarm", "AlarmName").items():
        if not name.endswith("-silent"):
            assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold", name
            assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (1, 1, "notBreaching"), name


def test_failures_are_counted_by_function(home):
    alarms = home.named("CloudWatch::Alarm", "AlarmName")
    for function in FUNCTIONS:
        alarm = alarms[f"{HOME}-{function}-recorded-failures"]
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("Nightkeep", "Failed", "Sum")
        assert alarm["Dimensions"] == [{"Name": "service", "Value": function}]


def test_a_night_that_was_not_planned_is_overdue_at_once(home):
    alarm = home.named("CloudWatch::Alarm", "AlarmName")[f"{HOME}-night-overdue-weekly"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Nightkeep", "NightOverdue")
    assert {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == {"service": "sweep", "policy": "weekly"}
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (3600, 1, "notBreaching")


def test_a_sweep_that_is_silent_for_three_hours_rings(home):
    alarm = home.named("CloudWatch::Alarm", "AlarmName")[f"{HOME}-sweep-silent"]
    assert (alarm["MetricName"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Invocations", "LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (3600, 3, "breaching")
