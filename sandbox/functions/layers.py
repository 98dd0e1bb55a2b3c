"""What a function may import besides Python's own modules and its own code: the runtime's packages, and those of its layers."""

import io
import zipfile
from functools import lru_cache
from pathlib import PurePosixPath

from moto.awslambda.models import LambdaFunction, LayerVersion, lambda_backends

from sandbox.gateway import ApiError, Request

RUNTIME = frozenset(
    {
        *("awslambdaric", "bootstrap", "boto3", "botocore", "dateutil", "jmespath", "runtime_client"),
        *("s3transfer", "simplejson", "six", "snapshot_restore_py", "urllib3"),
    }
)
"""What Lambda's Python runtimes bring along."""

DEFAULT_ARCHITECTURE = "x86_64"


def importable(function: LambdaFunction) -> frozenset[str]:
    """The top-level names of the packages that the function finds."""
    versions = (_version(layer["Arn"]) for layer in getattr(function, "layers", ()))
    return RUNTIME.union(*(_names(bytes(version.code_bytes)) for version in versions if version))


def guard(request: Request) -> None:
    """The gateway's guard: no function gets a layer that was built for another runtime or machine.

    Lambda takes it, and the function fails when it imports; here it is refused, so that a deployment says so.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    if request.service != "lambda" or request.operation not in {"CreateFunction", "UpdateFunctionConfiguration"}:
        return
    given, held = request.parameters, _held(request)
    runtime = given.get("Runtime") or (held.run_time if held else None)
    [architecture] = given.get("Architectures") or (held.architectures if held else [DEFAULT_ARCHITECTURE])
    for arn in given.get("Layers") or ([layer["Arn"] for layer in held.layers] if held else []):
        version = _version(arn)
        for kind, wanted, known in (
            ("runtime", runtime, version.compatible_runtimes if version else ()),
            ("architecture", architecture, version.compatible_architectures if version else ()),
        ):
            if known and wanted not in known:
                raise ApiError(
                    "InvalidParameterValueException", f"The layer {arn} was built for the {kind} {', '.join(known)}, not for {wanted}."
                )


def _held(request: Request) -> LambdaFunction | None:
    if request.operation == "CreateFunction":
        return None
    name = request.parameters["FunctionName"].rsplit(":", 1)[-1]
    return next((one for one in lambda_backends[request.account][request.region].list_functions() if one.function_name == name), None)


def _version(arn: str) -> LayerVersion | None:
    _, _, _, region, account, *_ = arn.split(":")
    found: LayerVersion | None = lambda_backends[account][region].layers_versions_by_arn(arn)
    return found


@lru_cache(maxsize=8)
def _names(archive: bytes) -> frozenset[str]:
    """The top-level names in a layer's zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        parts = [PurePosixPath(name).parts for name in zipped.namelist()]
    below = (part[4:] if part[1:2] == ("lib",) and part[3:4] == ("site-packages",) else part[1:] for part in parts if part[0] == "python")
    return frozenset(part[0].partition(".")[0] for part in below if part)
