"""Who listens to what happens between a call of botocore's and its answer, and would miss it if it did not happen."""

import os
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import aws_lambda_powertools
import botocore
import moto

ON_THE_WAY = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "choose-signer",
    "request-created",
    "before-sign",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call",
    "after-call-error",
)
MISS_NOTHING = frozenset(
    {
        "BotocoreStubber",
        "ClientCreator._default_s3_presign_to_sigv2",
        "ClientCreator._inject_s3_input_parameters",
        "MaxAttemptsSeeder.seed_max_attempts",
        "ParameterAlias.alias_parameter_in_call",
        "RequestSigner.handler",
        "RetryHandler",
        "RetryHandler.needs_retry",
        "RetryQuotaChecker.release_retry_quota",
        "S3ExpressIdentityResolver.apply_signing_cache_key",
        "S3ExpressIdentityResolver.resolve_s3express_identity",
        "S3RegionRedirectorv2.annotate_request_context",
        "S3RegionRedirectorv2.redirect_from_cache",
        "S3RegionRedirectorv2.redirect_from_error",
        "UserAgentString.rebuild_and_replace_user_agent_handler",
        "_handle_200_error",
        "_create_feature_function.<locals>.add_powertools_feature",
        "_handle_request_validation_mode_member",
        "_handle_sqs_compatible_error",
        "_set_auth_scheme_preference_signer",
        "_set_extra_headers_for_unsigned_request",
        "_update_status_code",
        "add_expect_header",
        "add_recursion_detection_header",
        "add_retry_headers",
        "base64_encode_user_data",
        "convert_body_to_file_like_object",
        "customize_endpoint_resolver_builtins",
        "decode_list_object_v2",
        "generate_idempotent_uuid",
        "handle_expires_header",
        "inject_api_version_header_if_needed",
        "remove_arn_from_signing_path",
        "remove_bucket_from_url_paths_from_model",
        "set_list_objects_encoding_type_url",
        "set_operation_specific_signer",
        "sse_md5",
        "validate_ascii_metadata",
        "validate_bucket_name",
    }
)
"""Handlers that botocore, moto and Powertools register for every client: of those that prepare parameters and finish answers none needs a request."""
THEIRS = tuple(str(Path(str(package.__file__)).parent) + os.sep for package in (botocore, moto, aws_lambda_powertools))
"""Where their code lies."""


def is_unheard(events: Any, operation: str) -> bool:
    """Whether nobody would miss what happens on the way of an operation (service.Name)."""
    return all(_misses_nothing(handler) for event in ON_THE_WAY for handler in heard(events, f"{event}.{operation}"))


def heard(events: Any, event: str) -> tuple[Callable[..., Any], ...]:
    """The handlers of an event, in their order."""
    emitter = events._emitter  # noqa: SLF001 - the sandbox stands inside botocore
    return tuple(emitter._handlers.prefix_search(event))  # noqa: SLF001 - the same


def is_botocores(value: object) -> bool:
    """Whether a function is botocore's own, and not one that stands in its place, whatever that calls itself."""
    return type(value) is FunctionType and value.__code__.co_filename.startswith(THEIRS[0])


def _misses_nothing(handler: Any) -> bool:
    checker = getattr(handler, "_checker", None)  # of botocore's older way to try again, which takes other people's too
    called = handler if isinstance(handler, (FunctionType, MethodType)) else type(handler).__call__
    name = getattr(handler, "__qualname__", type(handler).__qualname__)
    return (
        name in MISS_NOTHING
        and called.__code__.co_filename.startswith(THEIRS)
        and (checker is None or type(checker).__module__.startswith("botocore."))
    )
