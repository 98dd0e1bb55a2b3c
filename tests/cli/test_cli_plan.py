"""`nightkeep plan take`, on an account of its own."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from cli import output
from cli.main import app
from functions.aws import clients
from sandbox.account import Sandbox

HOME = "ap-south-1"
CONFIG = f"""
home_region = "{HOME}"
[policies.nightly]
schedule = "cron(0 2 * * ? *)"
[policies.weekly]
schedule = "cron(0 4 ? * SUN *)"
"""
START = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)  # a Monday, an hour after the nightly slot
RUN = CliRunner(env={"COLUMNS": "160"})


@pytest.fixture
def account():
    for client in (clients._session, clients.ec2):
        client.cache_clear()
    with Sandbox(START - timedelta(hours=2)) as sandbox:
        yield sandbox
    for client in (clients._session, clients.ec2):
        client.cache_clear()


@pytest.fixture
def launch(account):
    def launch(count=1, disks=(), **tags):
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        mappings = [{"DeviceName": f"/dev/sd{letter}", "Ebs": {"VolumeSize": size}} for letter, size in zip("fgh", disks, strict=False)]
        made = account.client("ec2", HOME).run_instances(
            ImageId="ami-0linux",
            MinCount=count,
            MaxCount=count,
            TagSpecifications=[{"ResourceType": "instance", "Tags": listed}],
            BlockDeviceMappings=mappings,
        )
        return [instance["InstanceId"] for instance in made["Instances"]]

    return launch


@pytest.fixture
def plan(account, tmp_path, monkeypatch):
    monkeypatch.setattr(output.results, "width", 160)
    path = tmp_path / "nightkeep.toml"
    path.write_text(CONFIG, encoding="utf-8")

    def plan(*options, at=START, calls=frozenset()):
        account.clock.run_until(at)
        before = len(account.gateway.calls)
        result = RUN.invoke(app, ["plan", "take", "--config", str(path), *options])
        made = {call.operation for call in account.gateway.calls[before:]}
        assert made - {"DescribeInstances", "DescribeImages"} == calls
        return result

    return plan


def rows(result):
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in result.stdout.splitlines() if line.startswith("│")]


def test_who_and_why(plan, launch):
    (web,) = launch(Backup="nightly", Name="web [red]:smile:\x9b")
    (other,) = launch(Backup="weekly")
    (off,) = launch(Backup="off nightly")
    result = plan("--policy", "nightly")
    assert result.exit_code == 0
    assert "nightly, slot 20270301T0200Z: 1 to take, 2 not (1 opted_out, 1 other_policy)" in result.stdout
    assert rows(result) == [
        [web, "web [red]:smile:?", "take", "scheduled"],
        [off, off, "skip", "opted_out"],
        [other, other, "skip", "other_policy"],
    ]
    assert "window" not in result.stdout


def test_who_is_rebooted_and_in_which_order(plan, launch):
    group = sorted(one for _ in range(2) for one in launch(**{"Backup": "nightly", "Backup:reboot": "true", "Backup:group": "db"}))
    (alone,) = launch(**{"Backup": "nightly", "Backup:reboot": "true"})
    (never,) = launch(Backup="nightly")
    told = {row[0]: row[-1] for row in rows(plan("--policy", "nightly"))}
    assert told == {group[0]: "1 of 2", group[1]: "2 of 2", alone: "1 of 1", never: ""}
    [night] = json.loads(plan("--policy", "nightly", "--json").stdout)["nights"]
    assert sorted(night["chains"]) == sorted([group, [alone]])


LEAN = f"""{CONFIG}
[policies.nightly.volumes]
leave_out.larger_than = 50
add."/dev/sdx" = {{ size = 20 }}
"""


def test_which_volumes_are_left_out_and_added(plan, launch, account, tmp_path):
    (tmp_path / "nightkeep.toml").write_text(LEAN, encoding="utf-8")
    (small,) = launch(Backup="nightly")
    (large,) = launch(disks=[100], Backup="nightly")
    (other,) = launch(Backup="weekly")
    result = plan("--policy", "nightly", calls={"DescribeVolumes"})
    told = {row[0]: row[-1] for row in rows(result)}
    assert told == {small: "added /dev/sdx", large: "without /dev/sdf; added /dev/sdx", other: ""}
    [night] = json.loads(plan("--policy", "nightly", "--json", calls={"DescribeVolumes"}).stdout)["nights"]
    assert night["volumes"][large]["left_out"]["/dev/sdf"]["by"] == "larger_than"
    assert set(night["volumes"]) == {small, large}


def test_the_latest_slot_of_each_policy_by_awss_clock(plan, launch):
    launch(Backup="nightly weekly")
    result = plan(at=START + timedelta(days=2, hours=9))
    assert "nightly, slot 20270303T0200Z: 1 to take" in result.stdout
    assert "the window of this slot ended 2027-03-03 08:00 UTC: nothing would be taken now" in result.stdout
    assert "weekly, slot 20270228T0400Z: 1 to take" in result.stdout


def test_another_time(plan, launch):
    launch(Backup="nightly")
    for at in ("2027-02-14T07:30+05:30", "20270214T0200Z"):
        assert "nightly, slot 20270214T0200Z: " in plan("--policy", "nightly", "--at", at).stdout


def test_what_has_its_image_is_left_out(plan, launch, account):
    (web,) = launch(Backup="nightly")
    account.clock.run_for(timedelta(minutes=5))
    tags = {"nightkeep:home": HOME, "nightkeep:policy": "nightly", "nightkeep:instance": web, "nightkeep:slot": "20270301T0200Z"}
    account.client("ec2", HOME).create_image(
        InstanceId=web,
        Name=f"nightkeep/nightly/{web}/20270301T0200Z",
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}],
    )
    assert rows(plan("--policy", "nightly")) == [[web, web, "skip", "exists"]]


def test_mistakes_in_tags_are_told(plan, launch):
    (typo,) = launch(Backup="nihgtly")
    (case,) = launch(backup="nightly")
    result = plan()
    assert sorted(result.stderr.splitlines()[-2:]) == sorted(
        [f"{typo}: unknown_policy 'nihgtly'; did you mean nightly?", f"{case}: tag_key_case 'backup'; did you mean Backup?"]
    )


def test_many_pages(plan, launch):
    launch(450, Backup="nightly")
    result = plan("--json", "--policy", "nightly")
    (night,) = json.loads(result.stdout)["nights"]
    assert len({action["instance_id"] for action in night["takes"]}) == 450


def test_json(plan, launch):
    (web,) = launch(Backup="nightly")
    read = json.loads(plan("--json").stdout)
    assert read["now"] == "2027-03-01T03:00:00+00:00"
    assert [(night["policy"], night["slot"], night["status"], night["too_late"]) for night in read["nights"]] == [
        ("nightly", "20270301T0200Z", "planned", False),
        ("weekly", "20270228T0400Z", "planned", True),
    ]
    assert [action["instance_id"] for action in read["nights"][0]["takes"]] == [web]
    assert read["nights"][1]["skips"] == [{"instance_id": web, "reason": "other_policy"}]


def test_a_policy_whose_first_slot_is_to_come(plan, launch, tmp_path):
    launch(Backup="nightly")
    path = tmp_path / "later.toml"
    path.write_text(f'{CONFIG}[policies.later]\nschedule = "cron(0 2 1 1 ? 2030)"\n', encoding="utf-8")
    result = plan("--config", str(path))
    assert "later: no slot until 2027-03-01 03:00 UTC" in result.stderr
    assert "nightly, slot 20270301T0200Z: 1 to take" in result.stdout
    assert plan("--config", str(path), "--policy", "later").stdout == ""


def test_no_instances(plan):
    assert "no instance carries the tag" in plan("--policy", "nightly").stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--policy", "nihgtly"], 'there is no policy "nihgtly"; the configuration has nightly, weekly; did you mean "nightly"?'),
        (["--at", "tonight"], '"tonight" is not a time such as'),
        (["--at", "2027-02-14T07:30"], "add Z or an offset"),
        (["--config", "nowhere.toml"], "nowhere.toml cannot be used"),
    ],
)
def test_what_it_refuses(plan, options, says):
    result = plan(*options)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


def test_what_aws_refuses_is_told_without_a_traceback(plan, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    result = plan()
    assert result.exit_code == 1
    assert "AWS cannot be asked (NoCredentialsError)" in result.stderr
    assert "Traceback" not in result.stderr
