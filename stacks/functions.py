"""The functions of the home stack: who may do what, and what starts whom."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.core.config import Config
from stacks import allow
from stacks.allow_images import copy_images, create_images
from stacks.allow_keys import describe_ebs_key, describe_recovery_keys, image_home_keys, read_home_keys, use_recovery_keys
from stacks.allow_retire import (
    ask_what_bins_hold,
    ask_what_refers,
    ask_who_may_launch,
    hold,
    keep_permissions,
    recall,
    remember,
    step_down,
)
from stacks.allow_rules import guard_rules, read_rules
from stacks.function import RUNTIME, Function, Program
from stacks.queue import WATCH_TIMEOUT
from stacks.queues import Queues
from stacks.role import Permission

ONLY_FUNCTIONS = ["*", "!functions/", "!functions/**", "!nightkeep.toml", "__pycache__", "*.pyc", "requirements.*"]


class Functions(Construct):
    """Planners, which may describe and send; workers, which may do their few verbs on what is tagged as ours; and the bin's guard, which does both."""

    def __init__(self, scope: Construct, *, config: Config, code: Path, layer: Path, queues: Queues) -> None:
        """The functions of `config`, running the `functions/` and `nightkeep.toml` of `code` on the dependencies in `layer`."""
        super().__init__(scope, "Functions")
        program = self._program(config, code=code, layer=layer, queues=queues)
        self.take_images = Function(self, program=program, part="take-images", handler="take_images", may=take_images(config))
        self.follow_images = Function(self, program=program, part="follow-images", handler="follow_images", may=follow_images(config))
        self.follow_tags = Function(self, program=program, part="follow-tags", handler="follow_tags", may=follow_tags(config))
        self.sweep = Function(self, program=program, part="sweep", handler="sweep", may=sweep(config))
        self.guard_bin = Function(self, program=program, part="guard-bin", handler="guard_bin", may=guard_bin(config))
        self.take = Function(self, program=program, part="take", handler="act", may=take(config))

        self.retire_images = Function(self, program=program, part="retire-images", handler="retire_images", may=retire_images(config))
        self.retire = Function(self, program=program, part="retire", handler="act", may=retire(config))
        self.watch = Function(self, program=program, part="watch", handler="watch", may=watch(config), timeout=WATCH_TIMEOUT)

        self.take_images.reports_failure_to(queues.failed)
        self.sweep.reports_failure_to(queues.failed)
        self.retire_images.reports_failure_to(queues.failed)
        self.guard_bin.reports_failure_to(queues.failed)
        self.follow_images.works_off(queues.follow, batch=200, gather=timedelta(minutes=2))
        self.follow_tags.works_off(queues.follow_tags, batch=100, gather=timedelta(seconds=15))
        self.take.works_off(queues.take, batch=100, gather=timedelta(seconds=5))
        self.retire.works_off(queues.retire, batch=50, gather=timedelta(seconds=30))
        self.watch.works_off(queues.watch, batch=100, gather=timedelta(seconds=5))
        self.all = [
            self.take_images,
            self.follow_images,
            self.follow_tags,
            self.sweep,
            self.guard_bin,
            self.take,
            self.watch,
            self.retire_images,
            self.retire,
        ]
        if config.recovery_regions:
            copies = Function(self, program=program, part="copy", handler="act", may=copy(config))
            copies.works_off(*queues.copies.values(), batch=100, gather=timedelta(minutes=3))
            self.all.append(copies)

    def _program(self, config: Config, *, code: Path, layer: Path, queues: Queues) -> Program:
        return Program(
            home=config.home_region,
            code=lambda_.Code.from_asset(str(code), exclude=ONLY_FUNCTIONS, ignore_mode=IgnoreMode.GIT),
            layer=lambda_.LayerVersion(
                self,
                "Dependencies",
                code=lambda_.Code.from_asset(str(layer)),
                compatible_runtimes=[RUNTIME],
                compatible_architectures=[lambda_.Architecture.ARM_64],
                description="What functions/requirements.txt pins",
            ),
            environment={
                **queues.settings().to_env(),
                "POWERTOOLS_METRICS_NAMESPACE": "Nightkeep",
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )


def take_images(config: Config) -> Iterator[Permission]:
    """Planning a night: describe instances, write the plan down, send what is to be taken."""
    home = config.home_region
    yield _describe_instances(home)
    yield allow.write_nights(home, (home, *config.recovery_regions))
    yield allow.send(home, "take", "watch", "failed")


def follow_images(config: Config) -> Iterator[Permission]:
    """Following images that became available or failed: describe them, send what is to be copied or taken again."""
    home = config.home_region
    yield _describe_images(config)
    yield from describe_recovery_keys(config)
    yield allow.send(home, "take", *_copy_queues(config))
    yield allow.consume(home, "follow")


def follow_tags(config: Config) -> Iterator[Permission]:
    """Following changed tags: describing instances and what there is of them; sending what is to be taken or held; writing down how the instances were."""
    home = config.home_region
    yield _describe_instances(home)
    yield allow.describe("DescribeImages", regions=(home, *config.recovery_regions), sid="DescribeImages")
    yield allow.write_nights(home, (home, *config.recovery_regions))
    yield allow.send(home, "take", "retire")
    yield allow.consume(home, "follow-tags")


def sweep(config: Config) -> Iterator[Permission]:
    """Comparing what should exist with what does: describing both, reading nights back, and starting what is missing."""
    home = config.home_region
    regions = (home, *config.recovery_regions)
    yield _describe_instances(home)
    yield describe_ebs_key(home)
    yield _describe_images(config)
    yield from describe_recovery_keys(config)
    yield allow.write_nights(home, regions)
    yield from allow.read_nights(home, regions)
    yield allow.send(home, "take", "watch", *_copy_queues(config), "retire", "failed")
    yield allow.invoke(home, "take-images")


def guard_bin(config: Config) -> Iterator[Permission]:
    """Making the Recycle Bin's rules what the configuration says: reading all of them, changing ours."""
    home = config.home_region
    regions = (home, *config.recovery_regions)
    yield from read_rules(regions)
    yield from guard_rules(home, regions, lock=config.recycle_bin.lock is not None)
    yield allow.send(home, "failed")


def take(config: Config) -> Iterator[Permission]:
    """Creating images of tagged instances."""
    home = config.home_region
    looks = ("DescribeVolumes",) if any(policy.volumes.must_be_seen for policy in config.policies.values()) else ()
    yield allow.describe("DescribeInstances", "DescribeImages", "DescribeSnapshots", *looks, regions=[home])
    yield from create_images(home, config.tag_key)
    yield from image_home_keys(config)
    yield allow.consume(home, "take")


def watch(config: Config) -> Iterator[Permission]:
    """Watching who was rebooted come back: describing instances and images, and ordering the next take."""
    home = config.home_region
    yield allow.describe("DescribeInstances", "DescribeInstanceStatus", "DescribeImages", "DescribeSnapshots", regions=[home])
    yield from allow.keep_reboots(home)
    yield allow.send(home, "take")
    yield allow.consume(home, "watch")


def copy(config: Config) -> Iterator[Permission]:
    """Copying images to the recovery regions under their keys."""
    home = config.home_region
    yield allow.describe("DescribeImages", regions=(home, *config.recovery_regions))
    yield from copy_images(home, config.recovery_regions)
    yield from use_recovery_keys(config)
    yield from read_home_keys(config)
    yield allow.consume(home, *_copy_queues(config))


def retire_images(config: Config) -> Iterator[Permission]:
    """Judging every image, remembering what was seen, and sending the steps."""
    yield from _judge(config)
    yield remember(config.home_region)
    yield allow.send(config.home_region, "retire", "failed")


def _judge(config: Config) -> Iterator[Permission]:
    """Describing all that there is, what refers to it and what the bin keeps and holds; reading what is remembered."""
    home, regions = config.home_region, (config.home_region, *config.recovery_regions)
    yield allow.describe("DescribeInstances", regions=[home], sid="DescribeInstances")
    yield _describe_images(config)
    yield from describe_recovery_keys(config)
    yield from ask_what_refers(regions)
    yield ask_who_may_launch(home, regions)
    yield from read_rules(regions)
    yield ask_what_bins_hold(regions)
    yield from recall(home)


def retire(config: Config) -> Iterator[Permission]:
    """Letting images go, step by step, after judging them anew."""
    home, regions = config.home_region, (config.home_region, *config.recovery_regions)
    yield from _judge(config)
    yield from step_down(home, regions)
    yield hold(home, regions)
    yield keep_permissions(home, regions)
    yield allow.consume(home, "retire")


def _describe_instances(home: str) -> Permission:
    operations = ("DescribeInstances", "DescribeVolumes", "DescribeInstanceCreditSpecifications")
    return allow.describe(*operations, regions=[home], sid="DescribeInstances")


def _describe_images(config: Config) -> Permission:
    regions = (config.home_region, *config.recovery_regions)
    return allow.describe("DescribeImages", "DescribeSnapshots", regions=regions, sid="DescribeImages")


def _copy_queues(config: Config) -> tuple[str, ...]:
    return tuple(f"copy-{region}" for region in config.recovery_regions)
