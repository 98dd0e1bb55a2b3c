"""Answers with just the members that the model gives them."""

from typing import Any

from moto.core.utils import get_service_model

from sandbox.gateway import Request
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule, shown


def answer(rbin: Rbin, request: Request, rule: Rule) -> dict[str, Any]:
    """The rule as the request's operation shows it."""
    return _cut(rbin, rule, get_service_model("rbin").operation_model(request.operation).output_shape)


def summary(rbin: Rbin, rule: Rule) -> dict[str, Any]:
    """The rule as ListRules shows it: without status, resource tags, exclusions and its own tags."""
    return _cut(rbin, rule, get_service_model("rbin").shape_for("RuleSummary"))


def _cut(rbin: Rbin, rule: Rule, shape: Any) -> dict[str, Any]:
    return {name: value for name, value in shown(rule, rbin.status(rule)).items() if name in shape.members}
