"""The demo: in process its facts and what it makes of them, and once as its user runs it."""

import dataclasses
import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from demo import fleet, proof
from demo.__main__ import play, show
from demo.environment import without_account
from sandbox.account import Sandbox
from tests import checkout
from tests.e2e.in_process import InProcess
from tests.stories.world import STATELESS

ROOT = Path(__file__).parent.parent.parent
SIZE, NIGHTS = 8, 6
EACH_NIGHT = {"database", "files", "web"}


@pytest.fixture(scope="module")
def facts(synthesize):
    with Sandbox() as sandbox:
        sandbox.functions.share(STATELESS)
        sandbox.deploy(synthesize((ROOT / "demo" / "nightkeep.toml").read_text(encoding="utf-8")))
        return play(Progress(disable=True), InProcess(sandbox), SIZE, NIGHTS)


@pytest.fixture
def shown():
    def shown(facts):
        console = Console(width=130, record=True, file=io.StringIO())
        return show(facts, console), console.export_text()

    return shown


def names(facts, ids):
    known = {one.id: one.name for one in facts.nights[-1].fleet}
    return {known[each] for each in ids}


def test_every_tagged_instance_on_ebs_is_imaged_and_copied_each_night(facts):
    assert [len({instance for instance, slot in facts.wanted() if slot == each}) for each in facts.slots] == [4, 4, 4, 5, 5, 5]
    assert facts.wanted() == facts.imaged() == facts.copied()
    assert len([image for image in facts.images if image.is_good]) == 27


def test_the_plans_say_who_is_taken_and_why_others_are_not(facts):
    for place, plan in enumerate(facts.plans):
        late = {"reports"} if place >= NIGHTS // 2 else set()
        assert names(facts, plan.takes) == EACH_NIGHT | late
        assert {next(iter(names(facts, [each]))): reason for each, reason in plan.skips.items()} == {
            "render": "instance_store_root",
            "scratch": "opted_out",
            "intranet": "unknown_policy",
        }


def test_one_copy_fails_and_is_made_again(facts):
    [failed] = [copy for copy in facts.copies if copy.state == "failed"]
    assert names(facts, [failed.instance]) == {"database"}
    again = [copy for copy in facts.copies if copy.source == failed.source and copy.is_good]
    assert [facts.is_safe(copy) for copy in again] == [True]
    assert [image.state for image in facts.images if not image.is_good] == []


def test_old_images_go_down_the_ladder_and_one_comes_back(facts):
    states = {slot: {image.state for image in facts.images if image.slot == slot} for slot in facts.slots}
    restored = facts.recovered.slot
    assert [states[slot] - ({"available"} if slot == restored else set()) for slot in facts.slots] == [
        {"retired"},
        {"retired"},
        {"disabled"},
        {"available"},
        {"available"},
        {"available"},
    ]
    assert facts.recovered.state == "available"
    assert {copy.state for copy in facts.copies if copy.slot == facts.slots[0]} == {"retired"}


def test_copies_are_encrypted_under_the_recovery_key_whatever_their_source_is(facts):
    assert {(image.encrypted, image.volumes) for image in facts.images if image.state == "available"} == {(0, 1), (2, 3)}
    assert {copy.source for copy in facts.copies} == {image.id for image in facts.images}
    assert facts.recovery_key.startswith("arn:aws:kms:eu-west-1:")


def test_what_is_shown(facts, shown):
    good, text = shown(facts)
    assert good
    rows = re.findall(r"│ \w{3} \d\d \w{3} 02:00 │ +(\d+) │ +(\d+) │", text)
    assert rows == [("4", "4"), ("4", "4"), ("4", "4"), ("5", "5"), ("5", "5"), ("5", "5")]
    for said in (
        "render: instance_store_root",
        "scratch: opted_out",
        'intranet: unknown_policy ("nihgtly": nightly?)',
        "reports: no tag",
        "somebody tags reports",
        "the copy of database was made again",
        "What became of old images",
        "was had back",
        "every retired image can be had back from the Recycle Bin",
        "kept: 27 of 27: every tagged instance on EBS was imaged on each of 6 nights",
        "kept: 27 of 27: every image was copied to eu-west-1, encrypted under alias/nightkeep-ap-south-1",
        "make deploy",
    ):
        assert said in text


def test_the_records_of_the_worst_night(facts):
    table = proof.records(facts)
    columns = {column.header: list(column.cells) for column in table.columns}
    assert list(zip(columns["event"], columns["status"], columns["attempt"], strict=True)) == [
        ("image.take", "done", "1"),
        ("image.follow", "already", ""),
        ("image.copy", "done", "1"),
        ("image.copy", "failed", ""),
        ("image.copy", "done", "2"),
        ("image.verify", "already", ""),
    ]


def test_a_promise_that_is_not_kept_is_told(facts, shown):
    first = next(copy for copy in facts.copies if copy.state == "available")
    others = [copy for copy in facts.copies if copy is not first]
    good, text = shown(dataclasses.replace(facts, copies=(dataclasses.replace(first, keys=frozenset({"arn:of:another"})), *others)))
    assert not good
    assert "BROKEN: 26 of 27: every image was copied" in text


def test_no_name_of_an_account_is_left_in_the_environment():
    user = {
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_S3": "https://real",
        "CDK_DEFAULT_ACCOUNT": "1",
        "PATH": "/bin",
        "NO_PROXY": "intern",
    }
    kept = without_account(user)
    assert {name for name in kept if name.startswith(("AWS_", "CDK_"))} == {
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
        "CDK_DISABLE_CLI_TELEMETRY",
    }
    assert (kept["PATH"], kept["NO_PROXY"]) == ("/bin", "intern,localhost,127.0.0.1")


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run([sys.executable, "-m", "demo", "--port", str(port)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_fleet_that_is_too_small_is_refused():
    result = subprocess.run([sys.executable, "-m", "demo", "--fleet", "3"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert f"greater than or equal to {fleet.SMALLEST}" in result.stderr


def test_make_demo_whatever_the_shell_is_signed_in_to(tmp_path):
    """The real CDK CLI, over HTTP, the functions in AWS's runtime client; no Node on the path."""
    config = tmp_path / "config"
    config.write_text("[profile production]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:9\n")
    signed_in = {
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "CDK_DEFAULT_ACCOUNT": "999999999999",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        [*checkout.AS_IT_IS, "demo", "FLEET=7", "ARGS=--nights 2"],
        cwd=ROOT,
        env=plain | signed_in,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "kept: 7 of 7: every tagged instance on EBS was imaged on each of 2 nights" in result.stdout
    assert "kept: 7 of 7: every image was copied to eu-west-1" in result.stdout
    assert "BROKEN" not in result.stdout
