"""The packages that functions import: what is in their layers, and what is loaded once for all of them."""

import pytest

from tests.sandbox.apps import function, role
from tests.sandbox.worker import body


@pytest.mark.own
def test_packages_without_state_are_loaded_once_for_the_same_source(sandbox, app, invoke):
    """A module that is loaded anew makes an object of its own."""
    sandbox.functions.share({"functions.core"})
    main = (
        "from functions.core import value\nfrom functions import late\ndef handler(e, c):\n    return [id(value.HELD), id(late), value.V]\n"
    )
    code = [
        app.code(
            main=f"{main}# {name}\n",
            functions__core____init__="",
            functions__core__value=f"HELD = object()\nV = {number}\n",
            functions__late="",
        )
        for name, number in (("first", 1), ("second", 1), ("third", 2))
    ]
    app.stack("Test", {"Role": role(), **{f"F{number}": function(each, "Role", f"f{number}") for number, each in enumerate(code)}})
    sandbox.deploy(app.write())
    first, second, third = (body(invoke({}, f"f{number}")) for number in range(3))
    assert first[0] == second[0] != third[0]
    assert first[1] != second[1]
    assert [first[2], second[2], third[2]] == [1, 1, 2]


POWERTOOLS = ("aws_lambda_powertools", "pydantic", "jmespath")


@pytest.mark.own
@pytest.mark.parametrize(
    "line",
    [
        "import aws_lambda_powertools.utilities.batch",
        "import aws_lambda_powertools.utilities.batch.types",
        "import aws_lambda_powertools\nfrom aws_lambda_powertools.utilities import batch",
    ],
)
def test_what_environments_share_is_where_each_of_them_imports_it(sandbox, app, invoke, layer, line):
    main = f"{line}\ndef handler(e, c):\n    return aws_lambda_powertools.utilities.batch.BatchProcessor.__name__\n"
    layers = [layer(*POWERTOOLS)]
    functions = {each.upper(): function(app.code(main=f"{main}# {each}\n"), "Role", each, Layers=layers) for each in ("a", "b")}
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "b", "a")] == ["BatchProcessor"] * 3


@pytest.mark.own
def test_a_function_that_brings_what_others_share_has_its_own(sandbox, app, invoke, layer):
    main = "from aws_lambda_powertools.utilities import batch\ndef handler(e, c):\n    return getattr(batch, 'WHOSE', 'the layer')\n"

    def brings(whose):
        return app.code(main=main, aws_lambda_powertools__utilities__batch=f"WHOSE = {whose!r}\n")

    functions = {
        "A": function(brings("a"), "Role", "a"),
        "B": function(brings("b"), "Role", "b"),
        "C": function(app.code(main=main), "Role", "c", Layers=[layer(*POWERTOOLS)]),
    }
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "c", "b", "a", "c")] == ["a", "the layer", "b", "a", "the layer"]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("packages", "error"), [(None, "No module named 'pydantic'"), (["croniter"], "No module named 'pydantic'"), (["pydantic"], None)]
)
def test_a_function_imports_what_its_layers_have(sandbox, deploy, invoke, layer, packages, error):
    layers = {"Layers": [layer(*packages)]} if packages else {}
    deploy({"main": "import boto3, json, pydantic\ndef handler(e, c):\n    return pydantic.__name__\n"}, properties=layers)
    answer = body(invoke({}))
    assert answer == "pydantic" if error is None else answer["errorMessage"] == error
