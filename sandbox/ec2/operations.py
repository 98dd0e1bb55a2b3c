"""Which EC2 operations the sandbox answers itself, and which it refuses."""

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from moto.core.utils import get_service_model

from sandbox.ec2.copy_image import copy_image
from sandbox.ec2.copy_snapshot import copy_snapshot
from sandbox.ec2.create_image import create_image
from sandbox.ec2.create_snapshots import create_snapshots
from sandbox.ec2.create_volume import create_volume, delete_volume
from sandbox.ec2.credit_specifications import describe_instance_credit_specifications
from sandbox.ec2.deprecation import disable_image_deprecation, enable_image_deprecation
from sandbox.ec2.deregister_image import deregister_image
from sandbox.ec2.describe_image_attribute import describe_image_attribute
from sandbox.ec2.describe_images import describe_images
from sandbox.ec2.describe_instance_status import describe_instance_status
from sandbox.ec2.describe_instances import describe_instances
from sandbox.ec2.describe_launch_templates import describe_launch_template_versions, describe_launch_templates
from sandbox.ec2.describe_locked_snapshots import describe_locked_snapshots
from sandbox.ec2.describe_snapshot_tier_status import describe_snapshot_tier_status
from sandbox.ec2.describe_snapshots import describe_snapshots
from sandbox.ec2.describe_tags import describe_tags
from sandbox.ec2.describe_volumes import describe_volumes
from sandbox.ec2.disable_image import disable_image, enable_image
from sandbox.ec2.encryption import (
    disable_ebs_encryption_by_default,
    enable_ebs_encryption_by_default,
    get_ebs_default_kms_key_id,
    get_ebs_encryption_by_default,
    modify_ebs_default_kms_key_id,
    reset_ebs_default_kms_key_id,
)
from sandbox.ec2.image_ancestry import get_image_ancestry
from sandbox.ec2.image_attributes import modify_image_attribute, reset_image_attribute
from sandbox.ec2.image_references import describe_image_references
from sandbox.ec2.instance_attributes import describe_instance_attribute
from sandbox.ec2.instance_image_metadata import describe_instance_image_metadata
from sandbox.ec2.instance_states import reboot_instances, start_instances, stop_instances, terminate_instances
from sandbox.ec2.launch_configurations import check_launch_configuration
from sandbox.ec2.launch_templates import (
    create_launch_template,
    create_launch_template_version,
    delete_launch_template,
    delete_launch_template_versions,
    modify_launch_template,
)
from sandbox.ec2.modify_instance_attribute import modify_instance_attribute
from sandbox.ec2.modify_volume import describe_volumes_modifications, modify_volume
from sandbox.ec2.plane import Ec2
from sandbox.ec2.protection import disable_image_deregistration_protection, enable_image_deregistration_protection
from sandbox.ec2.public_access import (
    disable_image_block_public_access,
    disable_snapshot_block_public_access,
    enable_image_block_public_access,
    enable_snapshot_block_public_access,
    get_image_block_public_access_state,
    get_snapshot_block_public_access_state,
)
from sandbox.ec2.recycle_bin_lists import list_images_in_recycle_bin, list_snapshots_in_recycle_bin, list_volumes_in_recycle_bin
from sandbox.ec2.recycle_bin_restores import (
    restore_image_from_recycle_bin,
    restore_snapshot_from_recycle_bin,
    restore_volume_from_recycle_bin,
)
from sandbox.ec2.register_image import register_image
from sandbox.ec2.run_instances import run_instances
from sandbox.ec2.snapshot_attributes import describe_snapshot_attribute, modify_snapshot_attribute, reset_snapshot_attribute
from sandbox.ec2.snapshot_locks import lock_snapshot, unlock_snapshot
from sandbox.ec2.snapshot_tiers import modify_snapshot_tier, restore_snapshot_tier
from sandbox.ec2.snapshots import create_snapshot, delete_snapshot
from sandbox.ec2.tags import create_tags, delete_tags
from sandbox.ec2.volume_attachments import attach_volume, detach_volume
from sandbox.gateway import ApiError, Gateway, Request
from sandbox.missing import refuse

Perform = Callable[[Ec2, Request], dict[str, Any]]
TOUCHING = re.compile(
    "Image|Snapshot|Instance|Volume|SpotFleet|CreateFleet|EbsEncryption|EbsDefaultKms|InRecycleBin|LaunchTemplate|GetConsole|GetPassword"
)
MOTOS = {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings"}
OF_INSTANCES = {"AttachNetworkInterface", "DescribeNetworkInterfaces"}
"""What moto would answer without knowing the instances here, though nothing in its name says so."""


OPERATIONS: dict[str, Perform] = {
    "AttachVolume": attach_volume,
    "CopyImage": copy_image,
    "CopySnapshot": copy_snapshot,
    "CreateImage": create_image,
    "CreateLaunchTemplate": create_launch_template,
    "CreateLaunchTemplateVersion": create_launch_template_version,
    "CreateSnapshot": create_snapshot,
    "CreateSnapshots": create_snapshots,
    "CreateTags": create_tags,
    "CreateVolume": create_volume,
    "DeleteLaunchTemplate": delete_launch_template,
    "DeleteLaunchTemplateVersions": delete_launch_template_versions,
    "DeleteSnapshot": delete_snapshot,
    "DeleteTags": delete_tags,
    "DeleteVolume": delete_volume,
    "DeregisterImage": deregister_image,
    "DescribeImageAttribute": describe_image_attribute,
    "DescribeImageReferences": describe_image_references,
    "DescribeImages": describe_images,
    "DescribeInstanceAttribute": describe_instance_attribute,
    "DescribeInstanceCreditSpecifications": describe_instance_credit_specifications,
    "DescribeInstanceImageMetadata": describe_instance_image_metadata,
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
    "DescribeLaunchTemplates": describe_launch_templates,
    "DescribeLaunchTemplateVersions": describe_launch_template_versions,
    "DescribeLockedSnapshots": describe_locked_snapshots,
    "DescribeSnapshotAttribute": describe_snapshot_attribute,
    "DescribeSnapshots": describe_snapshots,
    "DescribeSnapshotTierStatus": describe_snapshot_tier_status,
    "DescribeTags": describe_tags,
    "DescribeVolumes": describe_volumes,
    "DescribeVolumesModifications": describe_volumes_modifications,
    "DetachVolume": detach_volume,
    "DisableEbsEncryptionByDefault": disable_ebs_encryption_by_default,
    "DisableImage": disable_image,
    "DisableImageBlockPublicAccess": disable_image_block_public_access,
    "DisableImageDeprecation": disable_image_deprecation,
    "DisableImageDeregistrationProtection": disable_image_deregistration_protection,
    "DisableSnapshotBlockPublicAccess": disable_snapshot_block_public_access,
    "EnableEbsEncryptionByDefault": enable_ebs_encryption_by_default,
    "EnableImage": enable_image,
    "EnableImageBlockPublicAccess": enable_image_block_public_access,
    "EnableImageDeprecation": enable_image_deprecation,
    "EnableImageDeregistrationProtection": enable_image_deregistration_protection,
    "EnableSnapshotBlockPublicAccess": enable_snapshot_block_public_access,
    "GetEbsDefaultKmsKeyId": get_ebs_default_kms_key_id,
    "GetEbsEncryptionByDefault": get_ebs_encryption_by_default,
    "GetImageAncestry": get_image_ancestry,
    "GetImageBlockPublicAccessState": get_image_block_public_access_state,
    "GetSnapshotBlockPublicAccessState": get_snapshot_block_public_access_state,
    "ListImagesInRecycleBin": list_images_in_recycle_bin,
    "ListSnapshotsInRecycleBin": list_snapshots_in_recycle_bin,
    "ListVolumesInRecycleBin": list_volumes_in_recycle_bin,
    "LockSnapshot": lock_snapshot,
    "ModifyEbsDefaultKmsKeyId": modify_ebs_default_kms_key_id,
    "ModifyImageAttribute": modify_image_attribute,
    "ModifyInstanceAttribute": modify_instance_attribute,
    "ModifyLaunchTemplate": modify_launch_template,
    "ModifySnapshotAttribute": modify_snapshot_attribute,
    "ModifySnapshotTier": modify_snapshot_tier,
    "ModifyVolume": modify_volume,
    "RebootInstances": reboot_instances,
    "RegisterImage": register_image,
    "ResetEbsDefaultKmsKeyId": reset_ebs_default_kms_key_id,
    "ResetImageAttribute": reset_image_attribute,
    "ResetSnapshotAttribute": reset_snapshot_attribute,
    "RestoreImageFromRecycleBin": restore_image_from_recycle_bin,
    "RestoreSnapshotFromRecycleBin": restore_snapshot_from_recycle_bin,
    "RestoreSnapshotTier": restore_snapshot_tier,
    "RestoreVolumeFromRecycleBin": restore_volume_from_recycle_bin,
    "RunInstances": run_instances,
    "StartInstances": start_instances,
    "StopInstances": stop_instances,
    "TerminateInstances": terminate_instances,
    "UnlockSnapshot": unlock_snapshot,
}


def install(gateway: Gateway, ec2: Ec2) -> None:
    """Let the gateway answer these operations from `ec2`, and refuse those that would touch moto's images and instances instead.

    moto's Auto Scaling would launch instances of moto's: no group can be created, and launch configurations only of images that there are.
    """
    model = get_service_model("ec2")
    for name in model.operation_names:
        if name in OPERATIONS:
            gateway.operations["ec2", name] = partial(_perform, OPERATIONS[name], ec2)
        elif (TOUCHING.search(name) or name in OF_INSTANCES) and name not in MOTOS:
            gateway.operations["ec2", name] = refuse
    gateway.operations["autoscaling", "CreateAutoScalingGroup"] = refuse
    gateway.guards.append(partial(check_launch_configuration, ec2))


def _perform(operation: Perform, ec2: Ec2, request: Request) -> dict[str, Any]:
    if request.parameters.get("DryRun"):
        raise ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", HTTPStatus.PRECONDITION_FAILED)
    return {name: value for name, value in operation(ec2, request).items() if value is not None}
