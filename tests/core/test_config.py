"""The configuration's model, and every way to get it wrong."""

from datetime import timedelta

import pytest

from functions.core import config
from functions.core.errors import ConfigError

GOOD_HOME = 'home_region = "ap-south-1"'
GOOD = """
home_region = "ap-south-1"
[policies.nightly]
schedule = "cron(0 2 * * ? *)"
copy_to = ["eu-west-1"]
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "nightkeep.toml"
        path.write_text(text, encoding="utf-8")
        return config.load(path)

    return load


@pytest.fixture
def problems(load):
    def problems(text):
        with pytest.raises(ConfigError) as raised:
            load(text)
        assert raised.value.source.endswith("nightkeep.toml")
        return raised.value.problems

    return problems


def test_the_smallest_file_gets_the_defaults(load):
    loaded = load('home_region = "ap-south-1"\npolicies.nightly.schedule = "cron(0 2 * * ? *)"')
    policy = loaded.policies["nightly"]
    assert (loaded.tag_key, loaded.notify, loaded.api_share, loaded.recovery_regions) == ("Backup", (), 0.5, ())
    assert (policy.name, policy.timezone, policy.flexible_start, policy.window) == ("nightly", "UTC", timedelta(0), timedelta(hours=6))
    assert (policy.reboot, policy.copy_to) == (False, ())


def test_recovery_regions_and_keys(load):
    text = GOOD + '[policies.weekly]\nschedule="cron(0 2 ? * SUN *)"\ncopy_to=["us-east-1","eu-west-1"]\n[keys]\nus-east-1="alias/ours"\n'
    loaded = load(text)
    assert loaded.recovery_regions == ("eu-west-1", "us-east-1")
    assert [loaded.key_alias(region) for region in loaded.recovery_regions] == ["alias/nightkeep-ap-south-1", "alias/ours"]


def test_it_cannot_be_changed(load):
    with pytest.raises(ValueError, match="frozen"):
        load(GOOD).home_region = "eu-west-1"


def test_a_byte_order_mark_does_no_harm(load):
    assert load("\ufeff" + GOOD).home_region == "ap-south-1"


TOP = [
    ('home_region = "ap-soth-1"', "home_region", "ap-soth-1", 'did you mean "ap-south-1"?'),
    ('home_region = "us-gov-west-1"', "home_region", "us-gov-west-1", "commercial partition"),
    ("home_region = 3", "home_region", "3", "text in quotes"),
    ('tag_key = "aws:backup"', "tag_key", "aws:backup", "must not start with"),
    ('tag_key = "Nightkeep:x"', "tag_key", "Nightkeep:x", "must not start with"),
    ('tag_key = "no*stars"', "tag_key", "no*stars", "letters, digits, spaces"),
    ('tag_key = " Backup"', "tag_key", " Backup", "no space at its ends"),
    (f'tag_key = "{"x" * 111}"', "tag_key", "xxx", "1 to 110"),
    ('notify = ["ops@example.com", "ops"]', "notify[1]", "ops", "not an email address"),
    ('notify = ["a@b.de", "a@b.de"]', "notify", "a@b.de", "twice"),
    ('notify = "ops@example.com"', "notify", "ops@example.com", "must be a list"),
    ("api_share = 0", "api_share", "0", "over 0 and at most 1"),
    ("api_share = 1.5", "api_share", "1.5", "over 0 and at most 1"),
    ("api_share = nan", "api_share", "NaN", "over 0 and at most 1"),
    ("api_share = true", "api_share", "true", "must be a number"),
    ('keys.eu-west-1 = "alias/aws/ebs"', "keys.eu-west-1", "alias/aws/ebs", "cannot be shared"),
    ('keys.eu-west-1 = "1234abcd-12ab"', "keys.eu-west-1", "1234abcd-12ab", "name the key by its alias"),
    ('keys.eu-west-2 = "alias/x"', "keys.eu-west-2", "alias/x", "no policy copies to this region"),
    ('keys.eu-wst-1 = "alias/x"', "keys.eu-wst-1", "eu-wst-1", 'did you mean "eu-west-1"?'),
    ("keys = 3", "keys", "3", "must be a table"),
    ('notfy = ["a@b.de"]', "notfy", "", 'did you mean "notify"?'),
    (
        "[ladder]",
        "ladder",
        "",
        "allowed here: api_share, home_region, keys, notify, pending_snapshots, policies, recycle_bin, retire_limit, tag_key",
    ),
    ("retire_limit = 0", "retire_limit", "0", "a whole number from 1"),
    ('recycle_bin.retain = "36 hours"', "recycle_bin.retain", "36 hours", 'whole days, such as "2 days"'),
    ('recycle_bin.retain = "365 days"', "recycle_bin.retain", "365 days", '"1 day" to "52 weeks"'),
    ('recycle_bin.scope = "all"', "recycle_bin.scope", "all", '"ours" or "region"'),
    ('recycle_bin.lock = "7 days"', "recycle_bin", "7 days", 'scope is "ours", a rule by tag'),
    ('recycle_bin = {scope = "region", lock = "7 days", exclude = {a = "b"}}', "recycle_bin", "region", "exclude is set"),
    ('recycle_bin.exclude = {a = "b"}', "recycle_bin", "", 'scope = "region" only'),
    ('recycle_bin = {scope = "region", lock = "6 days"}', "recycle_bin.lock", "6 days", '"1 week" to "30 days"'),
    ('recycle_bin.retian = "7 days"', "recycle_bin.retian", "", 'did you mean "retain"?'),
]


@pytest.mark.parametrize(("line", "key", "value", "allowed"), TOP)
def test_problems_at_the_top(problems, line, key, value, allowed):
    above = line if line.startswith("home_region") else f"{GOOD_HOME}\n{line}"
    (found,) = problems(above + GOOD.replace(GOOD_HOME, ""))
    assert found.startswith(key)
    assert value in found
    assert allowed in found


POLICY = [
    ('schedule = "cron(75 2 * * ? *)"', "schedule", "cron(75 2 * * ? *)", 'minute: "75" is not one of 0-59'),
    ('schedule = "rate(1 day)"', "schedule", "rate(1 day)", "write cron(0 0 * * ? *) instead"),
    ('timezone = "Europe/Berlinn"', "timezone", "Europe/Berlinn", 'did you mean "Europe/Berlin"?'),
    ('timezone = "europe/berlin"', "timezone", "europe/berlin", 'did you mean "Europe/Berlin"?'),
    ('timezone = "localtime"', "timezone", "localtime", "not an IANA time zone"),
    ('flexible_start = "25 hours"', "flexible_start", "25 hours", '"0 minutes" to "24 hours"'),
    ('flexible_start = "soon"', "flexible_start", "soon", "write a number and minutes, hours, days or weeks"),
    ("flexible_start = 15", "flexible_start", "15", "a number and minutes"),
    ('window = "20 minutes"', "window", "20 minutes", '"2 hours" to "24 hours"'),
    ('window = "2 days"', "window", "2 days", '"2 hours" to "24 hours"'),
    ('window = "24 hours"\nflexible_start = "1 minute"', "window", "24 hours", 'shortest interval, "1 day"'),
    ('schedule = "cron(0 0/4 * * ? *)"', "window", "6 hours", 'shortest interval, "4 hours"'),
    ('reboot = "yes"', "reboot", "yes", "true or false"),
    ('copy_to = ["ap-south-1"]', "copy_to[0]", "ap-south-1", "home region"),
    ('copy_to = ["eu-west-1", "eu-west-1"]', "copy_to", "eu-west-1", "twice"),
    ('copy_to = ["eu-wst-1"]', "copy_to[0]", "eu-wst-1", 'did you mean "eu-west-1"?'),
    ('copy_to = "eu-west-1"', "copy_to", "eu-west-1", "must be a list"),
    ('name_tag = "{instance}"', "name_tag", "{instance}", "{instance_name}, {instance_id}, {policy}, {slot}, {local_date}"),
    ('name_tag = "{instance_name!r:>9}"', "name_tag", "{instance_name!r:>9}", "not a placeholder"),
    ('name_tag = "{instance_name.x}"', "name_tag", "{instance_name.x}", "not a placeholder"),
    ('description = "{}"', "description", "{}", "not a placeholder"),
    ('description = "}"', "description", "}", "a brace too many or too few"),
    ('windw = "1 hour"', "windw", "", 'did you mean "window"?'),
    ("keep = {}", "keep", "", "give at least one of younger_than, newest, daily, weekly, monthly, yearly"),
    ("keep = {at_least = 3}", "keep", "3", "keeps nothing by age, count or calendar"),
    ("keep = {daily = 0}", "keep.daily", "0", "a whole number from 1"),
    ('keep = {daily = "14"}', "keep.daily", "14", "a whole number"),
    ("keep = {dialy = 14}", "keep.dialy", "", 'did you mean "daily"?'),
    ("keep_in.us-east-1 = {daily = 3}", "keep_in.us-east-1", "3", "neither in copy_to nor in retire_only"),
    ('copy_to = ["us-east-1"]\nkeep_in.us-east-1 = {dialy = 3}', "keep_in.us-east-1.dialy", "", 'did you mean "daily"?'),
    ('retire_only = ["ap-south-1"]', "retire_only[0]", "ap-south-1", "home region"),
    ('copy_to = ["us-east-1"]\nretire_only = ["us-east-1"]', "retire_only[0]", "us-east-1", "is in copy_to and gets copies"),
    ('ladder.disable_after = "7 days"', "ladder", "7 days", "deprecate is false"),
    ('ladder.deregister_after = "1 hour"', "ladder.deregister_after", "1 hour", '"1 day" to'),
    ('ladder.deregister_after = "nevr"', "ladder.deregister_after", "nevr", 'or "never"'),
    ('after_termination = "always"', "after_termination", "always", 'or "forever"'),
    ('gone_after = "1 hour"', "gone_after", "1 hour", '"1 day" to'),
    ('name = "other"', "name", "", "a policy's name is its table's"),
    ('volumes.add."/dev/sda1" = {size = 90}', 'volumes.add."/dev/sda1"', "/dev/sda1", "aws ec2 modify-volume"),
    ('volumes.add."/dev/sdf" = {size = 3, type = "gp9"}', 'volumes.add."/dev/sdf".type', "gp9", '"gp3", "gp2"'),
    ('volumes.add."/dev/sdf" = {size = 3, type = "io1", iops = 100}', 'volumes.add."/dev/sdf"', "3", "from 4 to 16384 for type io1"),
    ('volumes.add."/dev/sdf" = {size = 9, type = "io1"}', 'volumes.add."/dev/sdf"', "9", "needs iops"),
    ('volumes.add."/dev/sdf" = {size = 10, iops = 6000}', 'volumes.add."/dev/sdf"', "6000", "500 for each GiB"),
    ('volumes.add."/dev/sdf" = {size = 10, type = "gp2", throughput = 125}', 'volumes.add."/dev/sdf"', "125", "does not go with type gp2"),
    ('volumes.add."/dev/sdf" = {}', 'volumes.add."/dev/sdf"', "", "needs the size"),
    ('volumes.add."/dev/sdf" = {sise = 3}', 'volumes.add."/dev/sdf".sise', "", 'did you mean "size"?'),
    ('volumes.add."/dev/sdf".instance_store = "ephemeral24"', 'volumes.add."/dev/sdf".instance_store', "24", '"ephemeral23"'),
    ('volumes.add."sdf" = {size = 3}', "volumes.add.sdf", "sdf", "not a device name"),
    (
        'volumes = {add = {"/dev/sdf" = {size = 3}}, leave_out = {devices = ["/dev/sdf"]}}',
        "volumes",
        "/dev/sdf",
        "one mapping for a device",
    ),
    ('volumes.leave_out.devices = ["/dev/xvda"]', "volumes.leave_out.devices[0]", "/dev/xvda", "never left out"),
    ('volumes.leave_out.devices = ["data"]', "volumes.leave_out.devices[0]", "data", "not a device name"),
    ("volumes.leave_out.larger_then = 3", "volumes.leave_out.larger_then", "", 'did you mean "larger_than"?'),
    ('tags.Name = "x"', "tags.Name", "Name", "name_tag"),
    ('tags."aws:x" = "y"', 'tags."aws:x"', "aws:x", "must not start with"),
    ('tags."Backup:x" = "y"', 'tags."Backup:x"', "y", "ask for images with"),
    (f'tags.x = "{"y" * 257}"', "tags.x", "y", "257 characters"),
    (f'tags."{"k" * 128}" = "y"', "tags.k", "k", "1 to 127"),
    ('carry_tags = [""]', "carry_tags[0]", "", "is empty"),
]


@pytest.mark.parametrize(("lines", "key", "value", "allowed"), POLICY)
def test_problems_in_a_policy(problems, lines, key, value, allowed):
    schedule = "" if lines.startswith("schedule") else 'schedule = "cron(0 2 * * ? *)"'
    (found,) = problems(f"{GOOD_HOME}\n[policies.nightly]\n{schedule}\n{lines}\n")
    assert found.startswith(f"policies.nightly.{key}")
    assert value in found
    assert allowed in found


def test_what_is_too_many(problems):
    added = "".join(f'"/dev/sd{letter}" = {{size = 3}}\n' for letter in "bcdefghijklmnopqrstuvwxyz")
    (found,) = problems(f"{GOOD}[policies.nightly.volumes.add]\n{added}")
    assert "at most 24" in found
    (found,) = problems(f"{GOOD}[policies.nightly.tags]\n" + "".join(f'k{number} = "x"\n' for number in range(41)))
    assert "40 at most" in found


def test_a_size_is_not_changed_in_an_image(problems):
    assert any("aws ec2 modify-volume" in found for found in problems(f"{GOOD}volumes.resize = 90\n"))


@pytest.mark.parametrize("name", ["off", "Nightly", "1st", "a" * 33, "a.b", "night ly", ""])
def test_policy_names(problems, name):
    (found,) = problems(f'{GOOD_HOME}\n[policies."{name}"]\nschedule = "cron(0 2 * * ? *)"\n')
    assert found.startswith("policies.")


def test_what_must_be_there(problems):
    home, policies = problems("")
    assert home.startswith("home_region: is missing; ")
    assert policies.startswith("policies: is missing; ")
    assert "at least one policy" in problems(f"{GOOD_HOME}\n[policies]\n")[0]
    assert problems(f"{GOOD_HOME}\n[policies.nightly]\n")[0].startswith("policies.nightly.schedule: is missing; ")


def test_all_problems_at_once(problems):
    found = problems("""
        home_region = "eu-west-1"
        api_share = 7
        [keys]
        us-east-1 = "nope"
        [policies.Weekly]
        schedule = "rate(7 days)"
        timezone = "Mars"
        copy_to = ["eu-west-1"]
        wat = 1
    """)
    starts = ("api_share", "keys.us-east-1 = ", "policies.Weekly:", "policies.Weekly.schedule", "policies.Weekly.timezone")
    for start in (*starts, "policies.Weekly.wat", "policies.Weekly.copy_to[0]"):
        assert any(problem.startswith(start) for problem in found), start


def test_long_values_are_cut(problems):
    (found,) = problems(f'{GOOD_HOME}\npolicies.nightly.schedule = "{"x" * 5000}"')
    assert len(found) < 300


TOML = [
    (f"{GOOD}\n[policies.nightly]\n", "the table [policies.nightly] stands twice (at line 7"),
    ("home_region = ", "line 1, column"),
    ('home_region = "a"\nhome_region = "b"', "stands twice"),
]


@pytest.mark.parametrize(("text", "says"), TOML)
def test_not_toml(problems, text, says):
    (found,) = problems(text)
    assert says in found.replace("end of document", "line 1, column")


def test_no_file(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        config.load(tmp_path / "nightkeep.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        config.load(tmp_path)


def test_not_text(tmp_path):
    path = tmp_path / "nightkeep.toml"
    path.write_bytes(b"home_region = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        config.load(path)
