"""Policy documents in few words."""

ACCOUNT = "123456789012"


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(action, resource="*", condition=None, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {}), **more}


def deny(action, resource="*", condition=None, **more):
    return allow(action, resource, condition, **more) | {"Effect": "Deny"}


def on_resource(action, principal, effect="Allow", **more):
    """A statement of a resource's policy."""
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}
