"""What an account has set for a region as a whole."""

from dataclasses import dataclass


@dataclass
class Settings:
    """A region's settings, as they are in a new account.

    `default_key` is the KMS key to encrypt under instead of the one behind alias/aws/ebs; `public_access_change` stands for the last
    change of `images_public`, which takes its time.
    """

    encrypts: bool = False
    default_key: str | None = None
    images_public: str = "block-new-sharing"
    snapshots_public: str = "unblocked"
    public_access_change: object = None
