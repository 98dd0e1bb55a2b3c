"""`nightkeep preflight`: an account that lacks something is told so, a line each; one that lacks nothing sees the plan."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from cli.main import app
from functions.aws import account as adapter
from functions.aws import clients
from sandbox.account import Sandbox

HOME, RECOVERY, ACCOUNT = "ap-south-1", "eu-west-1", "123456789012"
CONFIG = f"""
home_region = "{HOME}"
[policies.nightly]
schedule = "cron(0 2 * * ? *)"
copy_to = ["{RECOVERY}"]
"""
START = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
RUN = CliRunner(env={"COLUMNS": "160"})
CACHED = (clients._session, clients.ec2, clients.sts, clients.ssm, clients.cloudformation)


@pytest.fixture
def account():
    for client in CACHED:
        client.cache_clear()
    with Sandbox(START) as sandbox:
        yield sandbox
    for client in CACHED:
        client.cache_clear()


@pytest.fixture
def bootstrap(account):
    def bootstrap(*regions, version=30):
        for region in regions:
            account.client("ssm", region).put_parameter(Name=adapter.BOOTSTRAP, Value=str(version), Type="String")

    return bootstrap


@pytest.fixture
def preflight(account, tmp_path):
    path = tmp_path / "nightkeep.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return lambda: RUN.invoke(app, ["preflight", "--config", str(path)])


def test_a_ready_account_sees_what_would_be_deployed_and_who_would_be_imaged(preflight, bootstrap, account):
    bootstrap(HOME, RECOVERY)
    tags = [{"Key": "Backup", "Value": "nightly"}]
    account.client("ec2", HOME).run_instances(
        ImageId="ami-0linux", MinCount=2, MaxCount=2, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
    )
    account.clock.run_for(timedelta(hours=2))
    before = len(account.gateway.calls)
    result = preflight()
    assert result.exit_code == 0, result.stderr
    assert f"to account {ACCOUNT} as arn:aws:" in result.stdout
    assert "home ap-south-1" in result.stdout
    assert "nightly, slot 20270301T0200Z: 2 to take" in result.stdout
    asked = [call.operation for call in account.gateway.calls[before:]]
    assert all(name.startswith(("Get", "Describe")) for name in asked)


def test_no_credentials(preflight, account, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    result = preflight()
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "credentials: none that AWS accepts (NoCredentialsError); sign in with `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    ]


@pytest.mark.parametrize(
    ("code", "says"), [("ExpiredToken", "credentials: expired;"), ("InvalidClientTokenId", "credentials: none that AWS accepts")]
)
def test_credentials_that_aws_does_not_take(preflight, account, code, says):
    account.faults.refuse("sts", "GetCallerIdentity", None, code, status=403)
    result = preflight()
    assert result.exit_code == 1
    assert result.stderr.startswith(says)


def test_no_network(preflight, account):
    account.faults.unreachable("us-east-1")
    result = preflight()
    assert result.exit_code == 1
    assert result.stderr.startswith("AWS cannot be reached (EndpointConnectionError)")


def test_no_bootstrap(preflight, bootstrap):
    bootstrap(HOME)
    result = preflight()
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f'{RECOVERY}: the CDK is not bootstrapped; run make cdk ARGS="bootstrap aws://{ACCOUNT}/{RECOVERY}"'
    ]
    assert result.stdout == ""


def test_everything_missing_is_told_at_once(preflight):
    assert [line.split(":")[0] for line in preflight().stderr.splitlines()] == [HOME, RECOVERY]


def test_an_old_bootstrap(preflight, bootstrap):
    bootstrap(HOME, version=30)
    bootstrap(RECOVERY, version=5)
    assert f"{RECOVERY}: the CDK's bootstrap stack is version 5, 6 is needed" in preflight().stderr


def test_a_region_that_is_not_opted_in(preflight, bootstrap, monkeypatch):
    bootstrap(HOME, RECOVERY)
    monkeypatch.setattr(adapter, "is_enabled", lambda region: region == HOME)
    result = preflight()
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{RECOVERY}: not enabled in account {ACCOUNT};")


def test_regions_as_ec2_describes_them(account, monkeypatch):
    states = {"eu-west-1": "opt-in-not-required", "af-south-1": "not-opted-in", "me-south-1": "opted-in"}

    class Ec2:
        def describe_regions(self, *, AllRegions, Filters):  # noqa: N803 - boto3's names
            assert AllRegions
            [name] = Filters[0]["Values"]
            return {"Regions": [{"RegionName": name, "OptInStatus": states[name]}]}

    monkeypatch.setattr(clients, "ec2", lambda _region: Ec2())
    assert [adapter.is_enabled(region) for region in states] == [True, False, True]


def test_who_may_not_look_is_warned_and_goes_on(preflight, bootstrap, account):
    bootstrap(HOME)
    account.faults.refuse("ssm", "GetParameter", RECOVERY, "AccessDeniedException", status=400)
    account.faults.refuse("ec2", "DescribeInstances", HOME, "UnauthorizedOperation", status=403)
    result = preflight()
    assert result.exit_code == 0
    assert f"{RECOVERY}: cannot be checked (AccessDeniedException)" in result.stderr
    assert "who would be imaged cannot be shown (UnauthorizedOperation)" in result.stderr


def test_a_stack_whose_first_deployment_failed_is_let_go(preflight, bootstrap, account):
    bootstrap(HOME, RECOVERY)
    template = '{"Resources": {"Box": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "not a name"}}}}'
    account.faults.refuse("sqs", "CreateQueue", HOME, "AccessDenied", status=403)
    stacks, name = account.client("cloudformation", HOME), f"Nightkeep-{HOME}"
    stacks.create_stack(StackName=name, TemplateBody=template, EnableTerminationProtection=True)
    account.clock.run_for(timedelta(minutes=5))
    assert stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="TerminationProtection"):
        stacks.delete_stack(StackName=name)
    result = preflight()
    assert result.exit_code == 0
    assert f"the first deployment of {name} failed; its termination protection is off now" in result.stderr
    stacks.delete_stack(StackName=name)
    assert preflight().stderr == ""
