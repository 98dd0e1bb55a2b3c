"""Keys of the customer's, and instances whose root volume is under one."""

import json

from tests.stories.world import HOME


def customer_key(story, *, refuses=False):
    """A key of the customer's at home; one that refuses lets nobody read, so that images are made and copies are not."""
    statement = {
        "Sid": "Root",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{story.sandbox.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    denial = {
        "Sid": "Nobody",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:Decrypt", "kms:ReEncryptFrom"],
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement, *([denial] if refuses else [])]}
    return story.sandbox.client("kms", HOME).create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]


def encrypted_root(key=None):
    return {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True} | ({"KmsKeyId": key} if key else {})}]}
