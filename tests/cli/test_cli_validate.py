"""`nightkeep validate` and `nightkeep schema`."""

import json

import pytest
import time_machine
from typer.testing import CliRunner

from cli.main import app
from functions.core import config

RUN = CliRunner()
NOW = "2027-03-27T12:00:00Z"
GOOD = """
home_region = "eu-central-1"
notify = ["ops@example.com"]

[policies.nightly]
schedule = "cron(30 2 * * ? *)"
timezone = "Europe/Berlin"
copy_to = ["eu-west-1"]

[policies.weekly]
schedule = "cron(0 4 ? * SUN *)"
copy_to = ["us-east-1"]
reboot = true
flexible_start = "15 minutes"

[keys]
us-east-1 = "alias/ours"
"""


@pytest.fixture
def file(tmp_path):
    def file(text):
        path = tmp_path / "nightkeep.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return file


@time_machine.travel(NOW, tick=False)
def test_a_good_file(file):
    result = RUN.invoke(app, ["validate", "--config", file(GOOD)])
    assert result.exit_code == 0
    assert "is ok" in result.stdout
    assert "alarms to ops@example.com" in result.stdout
    assert "Sun 2027-03-28 02:30" not in result.stdout  # a time that Berlin does not have that night
    for shown in (
        "Sun 2027-03-28 03:30",
        "Sun 01:30",
        "Mon 2027-03-29 02:30",
        "Mon 00:30",
        "Tue 00:30",
        "Europe/Berlin",
        "+ 15 minutes",
        "reboots",
    ):
        assert shown in result.stdout
    copies = [line for line in result.stdout.splitlines() if line.startswith("copies in")]
    assert copies == [
        "copies in eu-west-1 under alias/nightkeep-eu-central-1 (Nightkeep's key)",
        "copies in us-east-1 under alias/ours (your key)",
    ]


@time_machine.travel(NOW, tick=False)
def test_nothing_to_come_and_nobody_told(file):
    result = RUN.invoke(app, ["validate", "--config", file('home_region = "eu-west-1"\npolicies.once.schedule = "cron(0 2 1 1 ? 2027)"')])
    assert "none in ten" in result.stdout
    assert "nobody" in result.stdout
    assert "nowhere" in result.stdout


def test_the_default_is_the_file_here(file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert RUN.invoke(app, ["validate"]).exit_code == 1
    file(GOOD)
    assert RUN.invoke(app, ["validate"]).exit_code == 0


def test_all_problems_go_to_standard_error_without_a_traceback(file):
    path = file(GOOD.replace("eu-west-1", "eu-wst-1").replace("30 2 *", "75 2 *"))
    result = RUN.invoke(app, ["validate", "--config", path])
    assert result.exit_code == 1
    assert result.stdout == ""
    first, *problems = result.stderr.splitlines()
    assert first == f"{path} cannot be used:"
    assert [problem.split(" = ")[0] for problem in problems] == ["  - policies.nightly.schedule", "  - policies.nightly.copy_to[0]"]


def test_a_bug_keeps_its_traceback(file, monkeypatch):
    monkeypatch.setattr(config, "load", lambda _path: 1 / 0)
    result = RUN.invoke(app, ["validate", "--config", file(GOOD)])
    assert isinstance(result.exception, ZeroDivisionError)


def test_the_schema_is_json():
    result = RUN.invoke(app, ["schema"])
    assert json.loads(result.stdout)["title"] == "nightkeep.toml"


def test_validate_says_what_is_kept_and_how_the_rest_goes(file):
    kept = GOOD.replace(
        "reboot = true",
        """retire_only = ["eu-west-1"]
keep = { younger_than = "36 days", weekly = 8, at_least = 2 }
keep_in = { us-east-1 = { newest = 3 } }
ladder = { deprecate = true, disable_after = "8 days", deregister_after = "30 days" }
""",
    )
    result = RUN.invoke(app, ["validate", "--config", file(kept)])
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "nightly keeps every image" in said
    steps = "deprecated, disabled 8 days later, deregistered 30 days later"
    assert f"weekly keeps younger_than 36 days, weekly 8, at_least 2; the rest is {steps}" in said
    assert "weekly keeps in us-east-1 newest 3, at_least 1" in said
    assert "weekly makes no new copies in eu-west-1" in said
