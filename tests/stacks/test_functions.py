"""What is deployed as functions, with what code and environment."""

import json
import shutil
from pathlib import Path

import pytest

from functions.core import config
from functions.core.settings import Settings
from stacks.app import build

ROOT = Path(__file__).parents[2]
HOME = "nightkeep-ap-south-1"
HANDLERS = {
    "take-images": "take_images",
    "follow-images": "follow_images",
    "follow-tags": "follow_tags",
    "sweep": "sweep",
    "guard-bin": "guard_bin",
    "retire-images": "retire_images",
    "retire": "act",
    "take": "act",
    "watch": "watch",
    "copy": "act",
}


@pytest.fixture
def functions(home):
    return home.named("Lambda::Function", "FunctionName")


def test_these_are_the_functions(functions):
    assert {name: properties["Handler"] for name, properties in functions.items()} == {
        f"{HOME}-{part}": f"functions.handlers.{module}.handler" for part, module in HANDLERS.items()
    }


@pytest.mark.parametrize("part", HANDLERS)
def test_every_function_runs_on_python_3_13_on_arm_as_its_own_role(functions, part):
    properties = functions[f"{HOME}-{part}"]
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["MemorySize"] == 512
    assert properties["Role"] == f"arn:aws:iam:ap-south-1:123456789012:role/{HOME}-{part}"
    assert properties["LoggingConfig"] == {"LogGroup": f"/aws/lambda/{HOME}-{part}"}
    assert "ReservedConcurrentExecutions" not in properties


@pytest.mark.parametrize("part", HANDLERS)
def test_every_function_knows_the_account_and_the_queues(functions, part):
    variables = functions[f"{HOME}-{part}"]["Environment"]["Variables"]
    assert Settings.from_env(variables) == Settings(
        account="123456789012",
        stack="the-stack",
        take_queue=f"{HOME}-take",
        copy_queues={"eu-west-1": f"{HOME}-copy-eu-west-1", "us-east-1": f"{HOME}-copy-us-east-1"},
        follow_queue=f"{HOME}-follow",
        follow_tags_queue=f"{HOME}-follow-tags",
        retire_queue=f"{HOME}-retire",
        watch_queue=f"{HOME}-watch",
    )
    assert variables["POWERTOOLS_SERVICE_NAME"] == part
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Nightkeep"
    assert variables["POWERTOOLS_LOG_LEVEL"] == "INFO"


@pytest.mark.parametrize("part", ["take-images", "sweep", "guard-bin", "retire-images"])
def test_an_event_that_a_planner_gives_up_is_kept(home, part):
    config = home.named("Lambda::EventInvokeConfig", "FunctionName")[f"{HOME}-{part}"]
    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"]["OnFailure"]["Destination"].endswith(f":{HOME}-failed")


def test_the_code_is_the_functions_and_the_configuration_and_nothing_else(tmp_path):
    checkout, assembly = tmp_path / "checkout", tmp_path / "checkout" / "cdk.out"
    shutil.copytree(ROOT / "functions", checkout / "functions")
    shutil.copy(ROOT / "nightkeep.toml", checkout)
    for besides in (".env", "app.py", "tests/functions/secret.py", "functions/__pycache__/left.pyc"):
        (checkout / besides).parent.mkdir(parents=True, exist_ok=True)
        (checkout / besides).touch()
    build(config.load(checkout / "nightkeep.toml"), code=checkout, outdir=assembly).synth()
    assets = json.loads((assembly / "Nightkeep-ap-south-1.assets.json").read_text())["files"].values()
    folders = [assembly / asset["source"]["path"] for asset in assets if asset["source"]["packaging"] == "zip"]
    code, layer = sorted(folders, key=lambda folder: (folder / "python").exists())
    assert {entry.name for entry in code.iterdir()} == {"functions", "nightkeep.toml"}
    assert {file.suffix for file in (code / "functions").rglob("*") if file.is_file()} == {".py"}
    assert (code / "functions" / "handlers" / "__init__.py").exists()
    assert [entry.name for entry in layer.iterdir()] == ["python"]


def test_logs_are_kept_for_a_year_and_outlive_the_stack(home):
    groups = home.all("Logs::LogGroup").values()
    assert {group["Properties"]["LogGroupName"] for group in groups} == {f"/aws/lambda/{HOME}-{part}" for part in HANDLERS}
    for group in groups:
        assert group["Properties"]["RetentionInDays"] == 365
        assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == (
            "RetainExceptOnCreate",
            "Retain",
        )  # a first deployment that fails leaves nothing in the way
