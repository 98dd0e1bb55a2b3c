"""Values for tests of decisions: a configuration, instances and images in a few words."""

from datetime import UTC, datetime, timedelta

from functions.core import tags
from functions.core.config import Config
from functions.core.naming import image_name
from functions.core.night import Night
from functions.core.values import Device, Image, Instance

HOME = "ap-south-1"
RECOVERY = "eu-west-1"
SLOT = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def config(**policies):
    base = {"schedule": "cron(30 1 * * ? *)", "copy_to": [RECOVERY]}
    tables = policies or {"nightly": {}}
    return Config.model_validate({"home_region": HOME, "policies": {name: base | table for name, table in tables.items()}})


def night(conf=None, policy="nightly", start=SLOT):
    conf = conf or config()
    return Night(conf.home_region, conf.policies[policy], start)


def instance(number=1, backup="nightly", **fields):
    carried = {"Name": f"web-{number}"} | ({} if backup is None else {"Backup": backup}) | fields.pop("tags", {})
    return Instance(**{"instance_id": f"i-{number:017x}", "state": "running", "root_device_type": "ebs", "tags": carried} | fields)


def image(number=1, state="available", attempt=1, *, of=None, start=SLOT, policy="nightly", home=HOME, age=timedelta(hours=1), **fields):
    slot = night(config(**{policy: {}}), policy, start).slot
    instance_id = (of or instance(number)).instance_id
    return Image(
        **{
            "image_id": f"ami-{number:015x}{attempt:02x}",
            "region": HOME,
            "name": image_name(policy, instance_id, slot, attempt),
            "state": state,
            "created": start + age,
            "tags": {tags.HOME: home, tags.POLICY: policy, tags.INSTANCE: instance_id, tags.SLOT: slot},
            "devices": (Device(f"snap-{number:017x}", encrypted=False),),
        }
        | fields
    )


def copy_of(source, state="available", attempt=1, region=RECOVERY, **fields):
    return Image(
        **{
            "image_id": f"ami-c{source.image_id[5:-2]}{attempt:02x}",
            "region": region,
            "name": source.name if attempt == 1 else f"{source.name}.{attempt}",
            "state": state,
            "created": source.created + timedelta(minutes=attempt),
            "tags": {**source.tags, tags.SOURCE: source.image_id},
            "source_image_id": source.image_id,
            "source_region": source.region,
            "devices": (Device(f"snap-c{source.image_id[5:]}", encrypted=True),),
        }
        | fields
    )
