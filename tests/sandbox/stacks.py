"""Stacks of hand-written resources, deployed as the CDK does."""

import pytest

from tests.sandbox.apps import HOME


@pytest.fixture
def cfn(sandbox):
    return sandbox.client("cloudformation", HOME)


@pytest.fixture
def deploy_stack(sandbox, app):
    """Deploy a stack of these resources at home, and those of the app that are there already."""

    def deploy_stack(resources, name="Test", **more):
        app.stack(name, resources, **more)
        sandbox.deploy(app.write())

    return deploy_stack


def status(cfn, name="Test"):
    """A stack's status."""
    return cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
