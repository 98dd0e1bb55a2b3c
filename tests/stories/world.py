"""A fleet and its nights on the sandbox, in the words of a story."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from functions.core.slot import slot_label

HOME = "ap-south-1"
RECOVERY = "eu-west-1"
STATELESS = ("functions.core",)
"""Decisions: loading them is nine tenths of what a function's start costs here, and tests/test_imports.py proves them pure."""
FUNCTIONS = ("take-images", "follow-images", "follow-tags", "sweep", "guard-bin", "take", "watch", "copy", "retire-images", "retire")
CHANGES = {
    ("ec2", "CreateImage"): "image.take",
    ("ec2", "CopyImage"): "image.copy",
    ("ec2", "EnableImageDeprecation"): "image.deprecate",
    ("ec2", "DisableImage"): "image.disable",
    ("ec2", "DeregisterImage"): "image.deregister",
    ("ec2", "DeleteSnapshot"): "snapshot.delete",
    ("s3", "PutObject"): "vault.write",
    ("rbin", "CreateRule"): "rule.create",
    ("rbin", "UpdateRule"): "rule.update",
    ("rbin", "LockRule"): "rule.lock",
    ("rbin", "DeleteRule"): "rule.delete",
}
NIGHTLY = """
home_region = "ap-south-1"

[policies.nightly]
schedule = "cron(0 2 * * ? *)"
window = "6 hours"
copy_to = ["eu-west-1"]
first_image = "none"
"""
"""Stories of nights: only the schedule images what they launch."""

TAGGED = NIGHTLY.replace('first_image = "none"\n', "")
"""Stories of tags: what is newly tagged gets a first image too."""

LOCKED = f'{NIGHTLY}\n[recycle_bin]\nscope = "region"\nlock = "7 days"\n'


class World:
    """One sandbox with Nightkeep deployed. Times are aware UTC."""

    def __init__(self, sandbox, synthesize, *configurations):
        self.sandbox = sandbox
        self.synthesize = synthesize
        sandbox.functions.share(STATELESS)
        for text in configurations or (NIGHTLY,):
            self.deploy(text)

    def deploy(self, text):
        """Synthesize and deploy a configuration."""
        self.sandbox.deploy(self.synthesize(text))

    @property
    def now(self):
        return self.sandbox.clock.now()

    def until(self, hour, minute=0, days=0):
        """Run to the next `hour:minute`, `days` later."""
        target = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if target <= self.now:
            target += timedelta(days=1)
        self.sandbox.clock.run_until(target + timedelta(days=days))

    def nights(self, count):
        """Run `count` nights through, to noon of the last day."""
        for _ in range(count):
            self.until(12)

    def slot(self, hour=2):
        """The label of the latest slot at `hour`."""
        start = self.now.replace(hour=hour, minute=0, second=0, microsecond=0)
        return slot_label(start if start <= self.now else start - timedelta(days=1))

    def ec2(self, region=HOME):
        return self.sandbox.client("ec2", region)

    def launch(self, count=1, backup="nightly", region=HOME, image="ami-0linux", **request):
        """Launch instances; `backup` None leaves them untagged. A minute later they run. Returns their ids."""
        tags = [{"Key": "Name", "Value": "web"}] + ([{"Key": "Backup", "Value": backup}] if backup is not None else [])
        tags += [{"Key": key, "Value": value} for key, value in request.pop("tags", {}).items()]
        specification = [{"ResourceType": "instance", "Tags": tags}]
        made = self.ec2(region).run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=count, MaxCount=count, TagSpecifications=specification, **request
        )
        self.sandbox.clock.run_for(timedelta(minutes=1))
        return [instance["InstanceId"] for instance in made["Instances"]]

    def images(self, region=HOME, home=HOME, **filters):
        """The images of a home, as EC2 reports them, by name."""
        wanted = [{"Name": "tag:nightkeep:home", "Values": [home]}]
        wanted += [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        pages = self.ec2(region).get_paginator("describe_images").paginate(Owners=["self"], IncludeDisabled=True, Filters=wanted)
        return sorted((image for page in pages for image in page["Images"]), key=lambda image: image["Name"])

    def good(self, region=HOME, home=HOME):
        """The names of a home's available images."""
        return [image["Name"] for image in self.images(region, home, state="available")]

    def records(self, event=None, home=HOME, **fields):
        """The records that all functions of a home wrote, oldest first."""
        lines = [
            line
            for function in FUNCTIONS
            for line in self.sandbox.functions.records(f"nightkeep-{home}-{function}")
            if "event" in line and (event is None or line["event"] == event)
        ]
        chosen = [line for line in lines if all(line[field] == value for field, value in fields.items())]
        return sorted(chosen, key=lambda line: line["timestamp"])

    def metric(self, name, service, home=HOME, **dimensions):
        """The sum of a metric's values."""
        lines = self.sandbox.functions.records(f"nightkeep-{home}-{service}")
        wanted = [line for line in lines if name in line and all(line.get(key) == value for key, value in dimensions.items())]
        return sum(value for line in wanted for value in (line[name] if isinstance(line[name], list) else [line[name]]))

    def calls(self, *operations, service="ec2"):
        """The calls that Nightkeep's functions made."""
        return [
            call
            for call in self.sandbox.gateway.calls
            if call.caller.startswith("nightkeep-") and call.service == service and (not operations or call.operation in operations)
        ]

    def object(self, key, region=HOME, home=HOME):
        """An object of a vault."""
        bucket = f"nightkeep-{home}-{self.sandbox.account}-{region}-an"
        return self.sandbox.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read()

    def manifest(self, slot, region=HOME, policy="nightly"):
        return json.loads(self.object(f"nights/{policy}/{slot}/manifest.json", region))

    def send_slot(self, policy="nightly", hour=2, home=HOME):
        """Start a night as Scheduler does, once more."""
        start = self.now.replace(hour=hour, minute=0, second=0, microsecond=0)
        payload = json.dumps({"policy": policy, "time": start.strftime("%Y-%m-%dT%H:%M:%SZ")})
        self.sandbox.client("lambda", home).invoke(FunctionName=f"nightkeep-{home}-take-images", InvocationType="Event", Payload=payload)

    def dead_letters(self):
        """What stands in dead-letter queues, of every home and region in use."""
        found = []
        for region in (HOME, RECOVERY, "us-east-1"):
            sqs = self.sandbox.client("sqs", region)
            for url in sqs.list_queues(QueueNamePrefix="nightkeep-").get("QueueUrls", ()):
                if url.endswith(("-dead", "-failed", "-undelivered")):
                    count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
                    found += [url.rsplit("/", 1)[-1]] * int(count["Attributes"]["ApproximateNumberOfMessages"])
        return found


READS = ("Describe", "Get", "List", "Head")
MESSAGES = {("sqs", "SendMessageBatch"), ("sqs", "ChangeMessageVisibility"), ("lambda", "Invoke")}
"""Calls that change no resource: what they send is recorded by who acts on it."""


def compare_with_calls(world, homes=(HOME,)):
    """Every change made in AWS has its record, and every `done` record its change: same call, same region, same resource."""
    calls = [
        call
        for call in world.sandbox.gateway.calls
        if call.caller.startswith("nightkeep-")
        and call.error_code is None
        and not call.operation.startswith(READS)
        and (call.service, call.operation) not in MESSAGES
    ]
    made = {(call.request_id, (_event(call), call.region, resource)) for call in calls for resource in _changed(call)}
    repeats = {call.request_id for call in calls if call.operation == "CopyImage" and _is_repeat(call, calls)}
    records = [record for home in homes for record in world.records(home=home)]
    about_changes = [record for record in records if record["event"] in {*CHANGES.values(), "image.mark", "image.unmark", "image.hold"}]
    done = {(record["request_id"], _change(record)) for record in about_changes if record["status"] == "done"}
    found = {_change(record) for record in about_changes if record["status"] == "already"}
    created = [change for _, change in done if change[0] in {"image.take", "image.copy"}]
    assert len(created) == len(set(created))  # what was made once is `done` once
    assert {(request, change) for request, change in made - done if change not in found and request not in repeats} == set()
    assert done - made == set()


def _change(record):
    return record["event"], record["region"], record["resource_id"]


def _event(call):
    if call.operation == "CreateTags":
        [tag] = call.parameters["Tags"]
        return "image.hold" if tag["Key"] == "nightkeep:hold" else "image.mark" if tag["Value"] else "image.unmark"
    return CHANGES[call.service, call.operation]


def _is_repeat(call, calls):
    """Whether a CopyImage made nothing: its token had given the same image before."""
    return any(one.time < call.time and one.operation == "CopyImage" and one.response == call.response for one in calls)


def _changed(call):
    """The resources that a call made or changed."""
    match call.operation:
        case "PutObject":
            return [f"{call.parameters['Bucket']}/{call.parameters['Key']}"]
        case "CreateTags":
            return [resource for resource in call.parameters["Resources"] if resource.startswith("ami-")]  # and their snapshots
        case "CreateImage" | "CopyImage":
            return [call.response["ImageId"]]
        case "DeleteSnapshot":
            return [call.parameters["SnapshotId"]]
    if call.service == "rbin":
        return [call.parameters.get("Identifier") or call.response["Identifier"]]
    return [call.parameters["ImageId"]]


def start_at(hour=0, minute=0, day=1):
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


SCHEMA = Path(__file__).parents[2] / "docs" / "record.schema.json"
