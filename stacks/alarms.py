"""Alarms whose names and texts tell somebody at three in the morning what to look at."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from functions.core.config import Policy
from functions.core.settings import name
from stacks.function import Function
from stacks.notices import Notices
from stacks.queue import LetterBox

NAMESPACE = "Nightkeep"
FIVE_MINUTES = Duration.minutes(5)
FAILURES = (
    "fields @timestamp, event, reason, policy, slot, region, instance_id, resource_id, error_code, request_id"
    ' | filter status = "failed" | sort @timestamp desc'
)
CRASHES = "fields @timestamp, @message | filter @message like /(?i)error|timed out|traceback/ | sort @timestamp desc"
VERDICTS = "fields @timestamp, event, status, reason, policy, slot | filter event like /^night/ | sort @timestamp desc"


class Alarms(Construct):
    """Makes alarms that all notify one topic, when they go off and when they are over."""

    def __init__(self, scope: Construct, *, home: str, notices: Notices) -> None:
        """No alarm yet, for the deployment of `home`."""
        super().__init__(scope, "Alarms")
        self._home = home
        self._action = actions.SnsAction(notices)

    def letters(self, box: LetterBox) -> None:
        """Go off while a message lies in `box`."""
        self._alarm(
            f"{box.name}-not-empty",
            box.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            f"{box.means} Read the messages in the SQS queue {box.name} (they are kept for 14 days), "
            f"mend the cause, then redrive or delete them. In Logs Insights, on Nightkeep's log groups in {self._home}: {FAILURES}",
        )

    def failures(self, function: Function) -> None:
        """Go off when `function` records a failure, and when it crashes."""
        failed = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name="Failed",
            dimensions_map={"service": function.part},
            period=FIVE_MINUTES,
            statistic="Sum",
        )
        self._alarm(
            f"{function.name}-recorded-failures",
            failed,
            f"{function.part} recorded a failure; the reason, and what became of it later, are in its records. "
            f"In Logs Insights, on {function.log_group_name}: {FAILURES}",
        )
        self._alarm(
            f"{function.name}-crashed",
            function.function.metric_errors(period=FIVE_MINUTES),
            f"{function.part} crashed or ran out of time; what it was doing is tried again, then kept in a queue of its own. "
            f"In Logs Insights, on {function.log_group_name}: {CRASHES}",
        )

    def overdue(self, policy: Policy, *, sweep: Function) -> None:
        """Go off when a night of `policy` was due and not planned."""
        metric = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name="NightOverdue",
            dimensions_map={"service": sweep.part, "policy": policy.name},
            period=Duration.hours(1),
            statistic="Maximum",
        )
        self._alarm(
            name(self._home, f"night-overdue-{policy.name}"),
            metric,
            f"No night of {policy.name} was planned when it was due ({policy.schedule} {policy.timezone}). "
            f"Is the schedule {name(self._home, f'take-{policy.name}')} enabled? Is something in the queues "
            f"{name(self._home, 'undelivered')} or {name(self._home, 'failed')}? In Logs Insights, on {sweep.log_group_name}: {VERDICTS}",
        )

    def silence(self, sweep: Function) -> None:
        """Go off when `sweep` has not run for three hours; after a deployment, until it runs for the first time."""
        self._alarm(
            name(self._home, "sweep-silent"),
            sweep.function.metric_invocations(period=Duration.hours(1)),
            f"The hourly sweep has not run for three hours, or not yet since it was deployed: nothing is repaired, and no night is found missing. "
            f"Is the schedule {name(self._home, 'sweep')} enabled? Is something in the queue {name(self._home, 'undelivered')}? "
            f"In Logs Insights, on {sweep.log_group_name}: {CRASHES}",
            silent_hours=3,
        )

    def _alarm(self, alarm_name: str, metric: cloudwatch.IMetric, description: str, *, silent_hours: int = 0) -> None:
        """Something at all is one too many; with `silent_hours`, nothing at all for so long is."""
        operators, missing = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            alarm_name.removeprefix(name(self._home, "")),
            alarm_name=alarm_name,
            alarm_description=description,
            metric=metric,
            threshold=1,
            comparison_operator=operators.LESS_THAN_THRESHOLD if silent_hours else operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=silent_hours or 1,
            treat_missing_data=missing.BREACHING if silent_hours else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
