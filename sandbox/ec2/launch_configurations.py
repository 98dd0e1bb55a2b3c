"""Auto Scaling's launch configurations, which moto keeps: of images that there are."""

from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_IMAGES
from sandbox.gateway import ApiError, Request
from sandbox.missing import missing


def check_launch_configuration(ec2: Ec2, request: Request) -> None:
    """A guard: a launch configuration needs an image of the account's or a public one. Unverified: the code.

    Raises:
        ApiError: ValidationError.
    """
    if (request.service, request.operation) != ("autoscaling", "CreateLaunchConfiguration"):
        return
    image = request.parameters.get("ImageId")
    if "InstanceId" in request.parameters:  # moto would look for it among its own
        raise missing(request.service, f"{request.operation} by InstanceId")
    if image not in PUBLIC_IMAGES and image not in ec2.region(request).images:
        raise ApiError("ValidationError", f"The image id '[{image}]' does not exist")
