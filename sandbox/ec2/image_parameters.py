"""Images named by a parameter of Systems Manager, which moto keeps."""

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from sandbox.gateway import ApiError, Request

PREFIX = "resolve:ssm:"
OF_AN_IMAGE = "aws:ec2:image"
PUBLIC = "/aws/"


def resolved(request: Request, image: str) -> str:
    """An image's id, if `image` is one or is `resolve:ssm:` and a parameter's name or ARN, with a version or label or without.

    Raises:
        ApiError: InvalidParameterValue for a parameter that does not exist.
    """
    if not image.startswith(PREFIX):
        return image
    parameter = get_backend("ssm")[request.account][request.region].get_parameter(image.removeprefix(PREFIX))
    if parameter is None:
        raise ApiError("InvalidParameterValue", f"The Systems Manager parameter of '{image}' cannot be found.")
    return str(parameter.value)


def parameters_of_images(request: Request) -> Iterator[tuple[str, str]]:
    """The ARN of each of the account's parameters of the data type aws:ec2:image, and the image id in its latest version."""
    backend: Any = get_backend("ssm")[request.account][request.region]
    names = [name for name in backend._parameters if not name.startswith(PUBLIC)]  # noqa: SLF001 - moto has no way to list all
    for name in names:
        parameter = backend.get_parameter(name)
        if parameter.data_type == OF_AN_IMAGE:
            yield f"arn:aws:ssm:{request.region}:{request.account}:parameter/{name.lstrip('/')}", str(parameter.value)
