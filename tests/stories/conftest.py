"""Every story ends with the same proofs: records are valid, and they and the account's calls agree."""

import json

import jsonschema
import pytest

from sandbox import contract
from tests.stories.forks import opened, pytest_runtest_protocol  # noqa: F401 (the second is pytest's to call)
from tests.stories.retiring import RETIRING, arm, history, only_retire
from tests.stories.world import SCHEMA, compare_with_calls, start_at

PROMISED = {(row.service, row.operation) for row in contract.rows()}


@pytest.fixture
def world(synthesize):
    """Builds a World, one a story; at the end its records are checked against the schema and the calls."""
    built = []

    def build(*configurations, start=None, homes=("ap-south-1",)):
        built.append((opened(synthesize, configurations, start or start_at()), homes))
        return built[-1][0]

    yield build
    try:
        for story, homes in built:
            _check(story, homes)
    finally:
        for story, _ in built:
            story.sandbox.__exit__(None, None, None)


@pytest.fixture
def past(world):
    """A World in which nothing but retiring runs, its bin in order, and so many instances with so many nights each."""

    def build(nights=3, count=1, configuration=RETIRING):
        story = world(configuration)
        arm(story)
        only_retire(story)
        fleet = story.launch(count)
        return story, fleet, history(story, fleet, nights)

    return build


def _check(story, homes):
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for home in homes:
        for record in story.records(home=home):
            validator.validate(record)
    compare_with_calls(story, homes)
    used = {(call.service, call.operation) for call in story.sandbox.gateway.calls if call.caller not in {"user", "cloudformation"}}
    assert used - PROMISED == set(), "functions use what sandbox/contract.toml does not promise"
