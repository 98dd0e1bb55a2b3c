"""The record: one JSON line for every action attempt, always with the same fields."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Status(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    ALREADY = "already"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    FAILED = "failed"
    PLANNED = "planned"


class Event(StrEnum):
    """What was attempted or observed."""

    NIGHT_PLANNED = "night.planned"
    NIGHT_REPAIRED = "night.repaired"
    NIGHT_VERDICT = "night.verdict"
    IMAGE_TAKE = "image.take"
    IMAGE_COPY = "image.copy"
    IMAGE_FOLLOW = "image.follow"
    IMAGE_VERIFY = "image.verify"
    INSTANCE_TAG = "instance.tag"
    INSTANCE_WATCH = "instance.watch"
    INSTANCE_CHECK = "instance.check"
    REGION_CHECK = "region.check"
    BIN_GUARD = "bin.guard"
    RULE_CREATE = "rule.create"
    RULE_UPDATE = "rule.update"
    RULE_LOCK = "rule.lock"
    RULE_DELETE = "rule.delete"
    RULE_CHECK = "rule.check"
    IMAGE_RETIRE = "image.retire"
    IMAGE_DEPRECATE = "image.deprecate"
    IMAGE_DISABLE = "image.disable"
    IMAGE_MARK = "image.mark"
    IMAGE_UNMARK = "image.unmark"
    IMAGE_HOLD = "image.hold"
    IMAGE_CHECK = "image.check"
    IMAGE_DEREGISTER = "image.deregister"
    SNAPSHOT_DELETE = "snapshot.delete"
    RETIRE_PLANNED = "retire.planned"
    VAULT_READ = "vault.read"
    VAULT_WRITE = "vault.write"
    MESSAGE_READ = "message.read"


class Reason(StrEnum):
    """Why it ended that way."""

    SCHEDULED = "scheduled"
    MISSING = "missing"
    NEWLY_PROTECTED = "newly_protected"
    ON_DEMAND = "on_demand"
    RETRY = "retry"
    OTHER_POLICY = "other_policy"
    OPTED_OUT = "opted_out"
    UNKNOWN_POLICY = "unknown_policy"
    TAG_KEY_CASE = "tag_key_case"
    REBOOT_TAG = "reboot_tag"
    NOW_LABEL = "now_label"
    EXCLUDED_TAG = "excluded_tag"
    EXCLUDED_STATE = "excluded_state"
    SPOT = "spot"
    AUTO_SCALING = "auto_scaling"
    PROTECTION_REMOVED = "protection_removed"
    HOLD_STAYS = "hold_stays"
    INSTANCE_STATE = "instance_state"
    INSTANCE_STORE_ROOT = "instance_store_root"
    ROOT_DETACHED = "root_detached"
    INSTANCE_GONE = "instance_gone"
    NOT_SELECTED = "not_selected"
    NO_INSTANCES = "no_instances"
    POLICY_REMOVED = "policy_removed"
    REGION_REMOVED = "region_removed"
    EXPIRED = "expired"
    EXISTS = "exists"
    TOO_SOON = "too_soon"
    RETRY_PAUSE = "retry_pause"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    NAME_TAKEN = "name_taken"
    NAME_SETTLING = "name_settling"
    TOKEN_MISMATCH = "token_mismatch"  # noqa: S105 - a reason, not a secret
    SNAPSHOT_ABSENT = "snapshot_absent"
    SOURCE_GONE = "source_gone"
    SOURCE_STATE = "source_state"
    NOT_OURS = "not_ours"
    COPIES_PENDING = "copies_pending"
    SNAPSHOTS_PENDING = "snapshots_pending"
    IMAGE_ABSENT = "image_absent"
    IMAGE_PENDING = "image_pending"
    IMAGE_FAILED = "image_failed"
    IMAGE_STATE = "image_state"
    VERIFIED = "verified"
    NOT_ENCRYPTED = "not_encrypted"
    WRONG_KEY = "wrong_key"
    AWS_KEY = "aws_key"
    KEY_UNUSABLE = "key_unusable"
    KEY_REFUSED = "key_refused"
    NOT_PERMITTED = "not_permitted"
    TAG_POLICY = "tag_policy"
    MARKETPLACE = "marketplace"
    VOLUMES_REFUSED = "volumes_refused"
    OUT_OF_TIME = "out_of_time"
    UNKNOWN_MESSAGE = "unknown_message"
    UNEXPECTED = "unexpected"
    AWS_BUSY = "aws_busy"
    AWS_REFUSED = "aws_refused"
    UNREACHABLE = "unreachable"
    DRIFTED = "drifted"
    DUPLICATE = "duplicate"
    OTHER_SCOPE = "other_scope"
    LOCK_MISSING = "lock_missing"
    RULE_LOCKED = "rule_locked"
    UNLOCK_SCHEDULED = "unlock_scheduled"
    CHANGE_ATTEMPTED = "change_attempted"
    FOREIGN_RULE = "foreign_rule"
    STALE = "stale"
    ENDED = "ended"
    WRECK = "wreck"
    ORPHAN = "orphan"
    HELD = "held"
    KEPT_FOREVER = "kept_forever"
    REGION_UNSEEN = "region_unseen"
    LADDER_WAITS = "ladder_waits"
    LADDER_ENDS = "ladder_ends"
    PROTECTED = "protected"
    SHARED = "shared"
    PUBLIC = "public"
    RECENTLY_LAUNCHED = "recently_launched"
    REFERENCED = "referenced"
    BACKUP_OVERDUE = "backup_overdue"
    NEWER_PENDING = "newer_pending"
    NIGHT_OPEN = "night_open"
    NO_FRESH_IMAGE = "no_fresh_image"
    NOT_COPIED = "not_copied"
    NOT_RECOVERABLE = "not_recoverable"
    IMAGE_IN_BIN = "image_in_bin"
    HALF_OF_INSTANCE = "half_of_instance"
    NOT_DUE = "not_due"
    PLAN_REFUSED = "plan_refused"
    PERMISSIONS_NOT_KEPT = "permissions_not_kept"
    SNAPSHOTS_LEFT = "snapshots_left"
    YOUNGER_THAN = "younger_than"
    NEWEST = "newest"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    AT_LEAST = "at_least"
    OK = "ok"
    PARTIAL = "partial"
    WATCHING = "watching"
    BACK = "back"
    NOT_BACK = "not_back"
    NOT_TAKEN = "not_taken"
    WINDOW_ENDS = "window_ends"
    NOTHING_MADE = "nothing_made"


class Record(BaseModel):
    """One line of the log. `done` is a change made in AWS, by the call named in `request_id`; `already` is a wanted state that was found.

    `planned`, just before a change after which the thing cannot be looked at any more, holds what there is to know of it.
    """

    # The logger adds its own fields to the line: the published schema lets them be.
    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"additionalProperties": True}, json_schema_serialization_defaults_required=True
    )

    event: Event
    status: Status
    reason: Reason
    policy: str | None = None
    slot: str | None = None
    account: str
    region: str
    resource_id: str | None = None
    source_id: str | None = None
    instance_id: str | None = None
    night_id: str | None = None
    request_id: str | None = None
    error_code: str | None = None
    attempt: int | None = None
    detail: Mapping[str, Any] | None = None
    """What only this event has: counts, a message of AWS, the nearest policy name."""
