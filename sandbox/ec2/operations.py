"""Which EC2 operations the sandbox answers itself, and which it refuses."""

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from moto.core.model import StructureShape
from moto.core.utils import get_service_model

from sandbox.ec2.copy_image import copy_image
from sandbox.ec2.create_image import create_image
from sandbox.ec2.credit_specifications import describe_instance_credit_specifications
from sandbox.ec2.deprecation import disable_image_deprecation, enable_image_deprecation
from sandbox.ec2.deregister_image import deregister_image
from sandbox.ec2.describe_images import describe_images
from sandbox.ec2.describe_instance_status import describe_instance_status
from sandbox.ec2.describe_instances import describe_instances
from sandbox.ec2.describe_launch_templates import describe_launch_template_versions, describe_launch_templates
from sandbox.ec2.describe_snapshots import describe_snapshots
from sandbox.ec2.describe_tags import describe_tags
from sandbox.ec2.describe_volumes import describe_volumes
from sandbox.ec2.disable_image import disable_image, enable_image
from sandbox.ec2.image_attributes import describe_image_attribute, modify_image_attribute
from sandbox.ec2.image_references import describe_image_references
from sandbox.ec2.instance_attributes import describe_instance_attribute
from sandbox.ec2.instance_image_metadata import describe_instance_image_metadata
from sandbox.ec2.instance_states import reboot_instances, start_instances, stop_instances, terminate_instances
from sandbox.ec2.launch_templates import (
    create_launch_template,
    create_launch_template_version,
    delete_launch_template,
    delete_launch_template_versions,
    modify_launch_template,
)
from sandbox.ec2.modify_instance_attribute import modify_instance_attribute
from sandbox.ec2.plane import Ec2
from sandbox.ec2.protection import disable_image_deregistration_protection, enable_image_deregistration_protection
from sandbox.ec2.recycle_bin_lists import list_images_in_recycle_bin, list_snapshots_in_recycle_bin
from sandbox.ec2.recycle_bin_restores import restore_image_from_recycle_bin, restore_snapshot_from_recycle_bin
from sandbox.ec2.run_instances import run_instances
from sandbox.ec2.snapshot_attributes import describe_snapshot_attribute, modify_snapshot_attribute
from sandbox.ec2.snapshots import create_snapshot, delete_snapshot
from sandbox.ec2.tags import create_tags, delete_tags
from sandbox.gateway import ApiError, Gateway, Request

Perform = Callable[[Ec2, Request], dict[str, Any]]
TOUCHING = re.compile(
    "Image|Snapshot|Instance|Volume|SpotFleet|CreateFleet|EbsEncryption|EbsDefaultKms|InRecycleBin|LaunchTemplate|GetConsole|GetPassword"
)
MOTOS = {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings"}


def get_ebs_encryption_by_default(_ec2: Ec2, _request: Request) -> dict[str, Any]:
    """GetEbsEncryptionByDefault: off in every region."""
    return {"EbsEncryptionByDefault": False}


OPERATIONS: dict[str, Perform] = {
    "CopyImage": copy_image,
    "CreateImage": create_image,
    "CreateLaunchTemplate": create_launch_template,
    "CreateLaunchTemplateVersion": create_launch_template_version,
    "CreateSnapshot": create_snapshot,
    "CreateTags": create_tags,
    "DeleteLaunchTemplate": delete_launch_template,
    "DeleteLaunchTemplateVersions": delete_launch_template_versions,
    "DeleteSnapshot": delete_snapshot,
    "DeleteTags": delete_tags,
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
    "DescribeSnapshotAttribute": describe_snapshot_attribute,
    "DescribeSnapshots": describe_snapshots,
    "DescribeTags": describe_tags,
    "DescribeVolumes": describe_volumes,
    "DisableImage": disable_image,
    "DisableImageDeprecation": disable_image_deprecation,
    "DisableImageDeregistrationProtection": disable_image_deregistration_protection,
    "EnableImage": enable_image,
    "EnableImageDeprecation": enable_image_deprecation,
    "EnableImageDeregistrationProtection": enable_image_deregistration_protection,
    "GetEbsEncryptionByDefault": get_ebs_encryption_by_default,
    "ListImagesInRecycleBin": list_images_in_recycle_bin,
    "ListSnapshotsInRecycleBin": list_snapshots_in_recycle_bin,
    "ModifyImageAttribute": modify_image_attribute,
    "ModifyInstanceAttribute": modify_instance_attribute,
    "ModifyLaunchTemplate": modify_launch_template,
    "ModifySnapshotAttribute": modify_snapshot_attribute,
    "RebootInstances": reboot_instances,
    "RestoreImageFromRecycleBin": restore_image_from_recycle_bin,
    "RestoreSnapshotFromRecycleBin": restore_snapshot_from_recycle_bin,
    "RunInstances": run_instances,
    "StartInstances": start_instances,
    "StopInstances": stop_instances,
    "TerminateInstances": terminate_instances,
}


def install(gateway: Gateway, ec2: Ec2) -> None:
    """Let the gateway answer these operations from `ec2`, and refuse those that would touch moto's images and instances instead.

    moto's Auto Scaling would launch instances of moto's: no group can be created.
    """
    model = get_service_model("ec2")
    for name in model.operation_names:
        if name in OPERATIONS:
            shape = model.operation_model(name).input_shape
            required = list(shape.required_members) if isinstance(shape, StructureShape) else []
            gateway.operations["ec2", name] = partial(_perform, OPERATIONS[name], required, ec2)
        elif TOUCHING.search(name) and name not in MOTOS:
            gateway.operations["ec2", name] = _refuse
    gateway.operations["autoscaling", "CreateAutoScalingGroup"] = _refuse


def _perform(operation: Perform, required: list[str], ec2: Ec2, request: Request) -> dict[str, Any]:
    for name in required:
        if name not in request.parameters:
            raise ApiError("MissingParameter", f"The request must contain the parameter {name}")
    if request.parameters.get("DryRun"):
        raise ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", HTTPStatus.PRECONDITION_FAILED)
    return {name: value for name, value in operation(ec2, request).items() if value is not None}


def _refuse(request: Request) -> dict[str, Any]:
    raise ApiError("UnsupportedSandboxOperation", f"The sandbox does not have {request.service}'s {request.operation}.")
