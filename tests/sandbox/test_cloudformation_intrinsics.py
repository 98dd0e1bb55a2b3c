"""A template's own functions, and the order that references make."""

import pytest

from sandbox.cloudformation.errors import TemplateError
from sandbox.cloudformation.intrinsics import ABSENT, Scope, references, resolve
from sandbox.cloudformation.template import in_order
from tests.sandbox.apps import HOME

pytestmark = pytest.mark.facts("12.1")


def scope(**values):
    found = {"AWS::Region": HOME, **values}
    return Scope(
        found.__getitem__,
        lambda name, attribute: f"{name}/{attribute}",
        {"x": "exported"}.__getitem__,
        lambda name: f"ssm {name}",
        {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
        {"M": {"a": {"b": "c"}}},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "A"}, "one"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A/Arn"),
        ({"Fn::GetAtt": "A.Deep.Er"}, "A/Deep.Er"),
        ({"Fn::Join": ["-", ["a", {"Ref": "A"}]]}, "a-one"),
        ({"Fn::Sub": "${A} ${A.Arn} ${!literal} ${AWS::Region}"}, f"one A/Arn ${{literal}} {HOME}"),
        ({"Fn::Sub": ["${x}${A}", {"x": {"Ref": "A"}}]}, "oneone"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": [1, {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}]}, {"b": [1]}),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "c"),
        ({"Fn::ImportValue": "x"}, "exported"),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "A"}}}, '{"a": "one"}'),
        ("{{resolve:ssm:/a/b}}", "ssm /a/b"),
    ],
)
def test_functions(value, expected):
    assert resolve(value, scope(A="one", **{"AWS::NoValue": ABSENT})) == expected


def test_an_unknown_function_is_an_error():
    with pytest.raises(TemplateError, match="Fn::Magic"):
        resolve({"Fn::Magic": 1}, scope())


def test_order_and_circles():
    assert set(references({"a": {"Fn::Sub": "${X.Arn} ${!Y}"}, "b": [{"Ref": "Z"}]})) == {"X", "Z"}
    assert in_order({"A": {"Properties": {"x": {"Ref": "B"}}}, "B": {"DependsOn": "C"}, "C": {}}) == ["C", "B", "A"]
    with pytest.raises(TemplateError, match="Circular"):
        in_order({"A": {"DependsOn": "B"}, "B": {"Properties": {"Ref": "A"}}})
