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
            f"{function.part} could not do something and will not try it again by itself; the reason is in its records. "
            f"In Logs Insights, on {function.log_group_name}: {FAILURES}",
        )
        self._alarm(
            f"{function.name}-crashed",
            function.function.metric_errors(period=FIVE_MINUTES),
            f"{function.part} crashed or ran out of time; what it was doing is tried again, then kept in a queue of its own. "
            f"In Logs Insights, on {function.log_group_name}: {CRASHES}",
        )

    def overdue(self, policy: Policy, *, sweep: Function) -> None:
        """Go off when no night of `policy` was planned within its interval, or when `sweep` has not looked for three hours."""
        overdue = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name="NightOverdue",
            dimensions_map={"service": sweep.part, "policy": policy.name},
            period=Duration.hours(1),
            statistic="Maximum",
        )
        self._alarm(
            name(self._home, f"night-overdue-{policy.name}"),
            overdue,
            f"No night of {policy.name} was planned when it was due ({policy.schedule} {policy.timezone}), or the hourly sweep has been silent "
            f"for three hours. Is the schedule {name(self._home, f'take-{policy.name}')} enabled? Is something in the queues "
            f"{name(self._home, 'undelivered')} or {name(self._home, 'failed')}? In Logs Insights, on {sweep.log_group_name}: {VERDICTS}",
            hours=3,
        )

    def _alarm(self, alarm_name: str, metric: cloudwatch.IMetric, description: str, *, hours: int = 0) -> None:
        # one point of the last `hours` is enough; with none of them there, silence counts as one
        alarm = cloudwatch.Alarm(
            self,
            alarm_name.removeprefix(name(self._home, "")),
            alarm_name=alarm_name,
            alarm_description=description,
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=hours or 1,
            datapoints_to_alarm=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING if hours else cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
