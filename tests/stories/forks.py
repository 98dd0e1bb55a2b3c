"""Stories run in forks of their worker, which holds the world ready that the last ones asked for: deploying it is half of what a story takes.

A fork leaves its worker as it was, whatever the story does. The first story runs in the worker itself, so that what all need is loaded.
"""

import gc
import os
import pickle
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from sandbox.account import Sandbox
from tests import responses
from tests.stories.world import World


@dataclass
class Ready:
    """A world that is deployed, and what was found wrong with what its sandbox answered meanwhile."""

    wanted: Any
    world: World
    found: list[str]


@dataclass
class Worker:
    """What a worker knows from one story to the next: how to open a world, what the last two stories asked for, and what is ready for the next."""

    open: Any = None
    wanted: list[Any] = field(default_factory=list)
    ready: Ready | None = None


worker = Worker()


def opened(synthesize, configurations, start):
    """A world: the one that is ready if it is what is asked for, else a new one. A story's first."""
    wanted = configurations, start
    worker.open, worker.wanted = partial(_deployed, synthesize), [*worker.wanted[-1:], wanted]
    ready, worker.ready = worker.ready, None
    if ready and ready.wanted == wanted:
        responses.found.extend(ready.found)
        return ready.world
    if ready:
        ready.world.sandbox.__exit__(None, None, None)
    return _deployed(synthesize, wanted)


def pytest_runtest_protocol(item, nextitem):
    """Run a story in a fork, and report it as if it had run here."""
    if not _is_story(item) or not worker.wanted or item.config.option.usepdb or not hasattr(os, "fork"):
        return None
    _prepare()
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _reports(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)  # what an earlier test had left set up for this one
    if not _is_story(nextitem):
        _leave()
    return True


def _is_story(item):
    return item is not None and "world" in item.fixturenames


def _prepare():
    """Have ready what the last two stories asked for; what is ready stays until two have asked for something else."""
    if len(worker.wanted) < 2 or worker.wanted[0] != worker.wanted[1] or (worker.ready and worker.ready.wanted == worker.wanted[1]):
        return
    _leave()
    responses.begin()
    os.environ.setdefault(
        "PYTEST_CURRENT_TEST", ""
    )  # pytest takes it away once the story has closed its sandbox, which gives back this environment
    worker.ready = Ready(worker.wanted[1], worker.open(worker.wanted[1]), list(responses.found))
    gc.collect()
    gc.freeze()  # else the first collection in each fork copies the worker's whole memory


def _leave():
    if worker.ready:
        worker.ready.world.sandbox.__exit__(None, None, None)
    worker.ready = None
    gc.unfreeze()


def _deployed(synthesize, wanted):
    configurations, start = wanted
    sandbox = Sandbox(start)
    with ExitStack() as opening:
        opening.enter_context(sandbox)
        world = World(sandbox, synthesize, *configurations)
        opening.pop_all()  # whoever asked closes it
    return world


def _reports(item):
    """The reports of a story that runs in a fork."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _tell(item, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not told:
        text = f"the story's process ended with wait status {status} before it had told how it went"
        return [pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")]
    reports, worker.wanted = pickle.loads(told)
    return [item.config.hook.pytest_report_from_serializable(config=item.config, data=data) for data in reports]


def _tell(item, writing):
    """In the fork: run the story, tell the worker, and end without cleaning up what is the worker's."""
    status = 1
    try:
        reports = runtestprotocol(item, nextitem=None, log=False)
        data = [item.config.hook.pytest_report_to_serializable(config=item.config, report=report) for report in reports]
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump((data, worker.wanted), pipe)
        status = 0
    finally:
        os._exit(status)
