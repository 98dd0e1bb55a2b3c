"""A function: its code, its log group, and a role that holds what is written here and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.core.settings import name
from stacks import allow
from stacks.nag import acknowledge
from stacks.queue import FUNCTION_TIMEOUT
from stacks.role import Permission, Role

RUNTIME = lambda_.Runtime.PYTHON_3_13
LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class Program:
    """What every function shares: the deployment's home region, code, dependencies and environment."""

    home: str
    code: lambda_.Code
    layer: lambda_.ILayerVersion
    environment: dict[str, str]


class Function(Construct):
    """One deployed function of Nightkeep."""

    def __init__(  # noqa: PLR0913 - what a function is, by name
        self,
        scope: Construct,
        *,
        program: Program,
        part: str,
        handler: str,
        may: Iterable[Permission],
        timeout: timedelta = FUNCTION_TIMEOUT,
    ) -> None:
        """`handler` is a module of functions.handlers, `part` what it is deployed as, `may` what it is allowed besides logging."""
        super().__init__(scope, part.title().replace("-", ""))
        self.part = part
        self.name = name(program.home, part)
        self.log_group_name = f"/aws/lambda/{self.name}"
        self.role = Role(self, name=self.name, trusts=LAMBDA, may=(allow.log(program.home, self.name), *may))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=self.name,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.seconds(timeout.total_seconds()),
            handler=f"functions.handlers.{handler}.handler",
            code=program.code,
            layers=[program.layer],
            environment={**program.environment, "POWERTOOLS_SERVICE_NAME": part},
            role=self.role,
            log_group=self._log_group(),
        )
        acknowledge(self.function, "L1", "The dependencies are tested and locked on Python 3.13.")

    def works_off(self, *queues: sqs.IQueue, batch: int, gather: timedelta) -> None:
        """Be invoked with up to `batch` messages gathered for `gather`; two at a time, the least that Lambda allows."""
        for queue in queues:
            lambda_.EventSourceMapping(
                self,
                f"From{queue.node.id}",
                target=self.function,
                event_source_arn=queue.queue_arn,
                batch_size=batch,
                max_batching_window=Duration.seconds(gather.total_seconds()),
                max_concurrency=2,
                report_batch_item_failures=True,
            )

    def reports_failure_to(self, box: sqs.IQueue) -> None:
        """Send an event that failed three times to `box`."""
        lambda_.CfnEventInvokeConfig(
            self,
            "OnFailure",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=box.queue_arn)
            ),
        )

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Log",
            log_group_name=self.log_group_name,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
