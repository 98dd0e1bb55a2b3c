"""Whose credentials calls are signed with: sts issues those of roles' sessions; unknown ones are refused, and those that have expired."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from sandbox.gateway import UNKNOWN, UNSIGNED, ApiError, Caller, Gateway, Request
from sandbox.iam import roles
from sandbox.iam.evaluate import Principal, Question, Verdict, context, decide
from sandbox.iam.shared_keys import shared_keys
from sandbox.missing import refuse

USUAL, CHAINED = 3600, 3600
"""Seconds that a session lasts, if nothing else is asked for; and at most, if a session begins it."""
WITHOUT_CREDENTIALS = {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}
"""What is asked for by who has no credentials yet."""
NOT_ISSUED = {
    "iam": ("CreateAccessKey",),
    "sts": ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetFederationToken", "GetSessionToken"),
}
"""What would issue credentials of callers whose permissions nobody here judges."""


def install(gateway: Gateway) -> None:
    """Guard `gateway` against what it never issued, and let it issue credentials of sessions."""
    gateway.guards.append(check)
    gateway.operations["sts", "AssumeRole"] = lambda request: assume_role(gateway, request)
    gateway.operations["sts", "GetCallerIdentity"] = get_caller_identity
    for service, operations in NOT_ISSUED.items():
        for operation in operations:
            gateway.operations[service, operation] = refuse


def check(request: Request) -> None:
    """Raise ApiError, as the service would say it, for credentials that are not there, not known or past their time."""
    caller = request.caller
    if caller == UNSIGNED and request.operation not in WITHOUT_CREDENTIALS:
        raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", HTTPStatus.FORBIDDEN)
    if caller == UNKNOWN:
        raise invalid(request.service)
    if caller.expires and request.time >= caller.expires:
        code = {"ec2": "RequestExpired"}.get(request.service, "ExpiredTokenException" if _is_json(request.service) else "ExpiredToken")
        raise ApiError(code, "The security token included in the request is expired", HTTPStatus.FORBIDDEN)


def invalid(service: str) -> ApiError:
    """How a service refuses credentials that it does not know."""
    if service == "ec2":
        return ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", HTTPStatus.UNAUTHORIZED)
    if service == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return ApiError("InvalidAccessKeyId", text, HTTPStatus.FORBIDDEN)
    code = "UnrecognizedClientException" if _is_json(service) else "InvalidClientTokenId"
    return ApiError(code, "The security token included in the request is invalid.", HTTPStatus.FORBIDDEN)


def assume_role(gateway: Gateway, request: Request) -> dict[str, Any]:
    """AssumeRole: credentials of a session of a role whose trust policy names the caller; the guard has asked the caller's own policies.

    Raises:
        ApiError: AccessDenied, or ValidationError for a session that is too long.
    """
    given, arn = request.parameters, request.parameters["RoleArn"]
    role, who = roles.role(request.account, arn), request.caller.arn(request.account)
    if role is None or not _is_trusted(request, arn):
        text = f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise ApiError("AccessDenied", text, HTTPStatus.FORBIDDEN)
    seconds, most = given.get("DurationSeconds", USUAL), CHAINED if request.caller.role_arn else int(role.max_session_duration or USUAL)
    if seconds > most:
        text = "The requested DurationSeconds exceeds the "
        text += (
            "1 hour session limit for roles assumed by role chaining"
            if request.caller.role_arn
            else "MaxSessionDuration set for this role."
        )
        raise ApiError("ValidationError", text)
    session = Caller(role.name, arn, given["RoleSessionName"], request.time + timedelta(seconds=seconds))
    issued = gateway.credentials_of(session)
    return {
        "Credentials": {
            "AccessKeyId": issued["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": issued["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": issued["AWS_SESSION_TOKEN"],
            "Expiration": session.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{session.session}", "Arn": session.arn(request.account)},
    }


def get_caller_identity(request: Request) -> dict[str, Any]:
    """GetCallerIdentity."""
    caller, role = request.caller, roles.role(request.account, request.caller.role_arn) if request.caller.role_arn else None
    user = f"{role.id}:{caller.session}" if role else "AIDAADMINISTRATOR000"
    return {"UserId": user, "Account": request.account, "Arn": caller.arn(request.account)}


def _is_trusted(request: Request, role: str) -> bool:
    """Whether the role's trust policy lets the caller in, by its name or its account's."""
    account, caller = request.account, request.caller
    given = request.parameters
    about = context({"sts:ExternalId": given.get("ExternalId"), "sts:RoleSessionName": given["RoleSessionName"]})
    known = {**shared_keys(account, request.region, caller, request.time), **about}
    principal = Principal(account, caller.role_arn or caller.arn(account))
    return decide(roles.trust(account, role), Question("sts:AssumeRole", role, known, principal)) is Verdict.ALLOW


def _is_json(service: str) -> bool:
    try:
        return "json" in str(get_service_model(service).metadata["protocol"])
    except UnknownServiceError:
        return True
