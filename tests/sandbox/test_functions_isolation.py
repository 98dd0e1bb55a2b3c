"""Functions keep to themselves: variables, modules, code, sessions and loggers are their own."""

import importlib
import logging
import os
import sys

import pytest

from sandbox.account import Sandbox
from tests.sandbox.apps import HOME, function, role
from tests.sandbox.worker import body


@pytest.mark.facts("4.6")
def test_environment_is_the_deployed_one_and_the_process_gets_its_own_back(deploy, invoke, monkeypatch):
    monkeypatch.setenv("OUTSIDE", "1")
    source = "import os\ndef handler(event, context):\n    os.environ['LEFT'] = 'x'\n    return dict(os.environ)\n"
    deploy({"main": source}, properties={"Environment": {"Variables": {"MINE": "yes"}}})
    seen = body(invoke({}))
    assert seen["MINE"] == "yes"
    assert seen["AWS_REGION"] == HOME
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "OUTSIDE" not in seen
    assert os.environ["OUTSIDE"] == "1"
    assert "LEFT" not in os.environ
    assert "MINE" not in os.environ


@pytest.mark.own
def test_modules_of_two_functions_do_not_meet(sandbox, app, invoke):
    first = app.code(
        main="from functions.core import value\ndef handler(e, c):\n    from functions import late\n    return [value.V, late.L]\n",
        functions__core__value="V = 1\n",
        functions__late="L = 1\n",
    )
    second = app.code(
        main="from functions.core import value\ndef handler(e, c):\n    from functions import late\n    return [value.V, late.L]\n",
        functions__core__value="V = 2\n",
        functions__late="L = 2\n",
    )
    app.stack("Test", {"Role": role(), "A": function(first, "Role", "a"), "B": function(second, "Role", "b")})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "b", "a", "b")] == [[1, 1], [2, 2], [1, 1], [2, 2]]


@pytest.mark.own
def test_modules_that_come_to_as_many_and_end_with_the_same_name_do_not_meet_either(deploy, invoke, tmp_path, monkeypatch):
    sources = {
        "main": (
            "import importlib, kept_model\ndef handler(e, c):\n    if e.get('early'):\n        import kept_store\n        return None\n"
            "    import kept_report\n    kept_report.CALLS.append(1)\n    return [len(kept_report.CALLS), kept_report.kept_model is kept_model]\n"
        ),
        "kept_model": "X = 1\n",
        "kept_report": "import kept_model\nCALLS = []\n",
        "kept_store": "Y = 1\n",
    }
    deploy(sources)
    assert body(invoke({"early": 1})) is None
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in sources.keys() - {"main"}:
        (outside / f"{name}.py").write_text(sources[name])
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(outside)
    report = importlib.import_module("kept_report")
    importlib.import_module("kept_store")
    assert body(invoke({})) == [1, True]
    assert report.CALLS == []
    assert sys.modules["kept_report"] is report


WRITING = """
import os, pathlib, sys
import helper
def handler(event, context):
    root = pathlib.Path(os.environ["LAMBDA_TASK_ROOT"])
    seen = [sorted(path.name for path in root.glob("*.py")), helper.VALUE, any(path.stat().st_mode & 0o222 for path in [root, *root.rglob("*")])]
    try:
        (root / "helper.py").write_text("VALUE = 2")
        (root / "more.py").write_text("")
        for compiled in root.rglob("helper.*.pyc"):
            compiled.unlink()
    except OSError:
        pass  # root is not kept from it
    return seen
"""


@pytest.mark.own
def test_code_is_read_only_and_what_root_writes_there_reaches_no_other_environment(app, tmp_path):
    for number in range(2):
        with Sandbox() as sandbox:
            code = app.code(main=WRITING, helper="VALUE = 1\n")
            app.stack("Test", {"Role": role(), **{each.upper(): function(code, "Role", each) for each in ("a", "b")}})
            sandbox.deploy(app.write())
            for name in ("a", "b"):
                seen = body(sandbox.client("lambda", HOME).invoke(FunctionName=name, Payload="{}"))
                assert seen == [["helper.py", "main.py"], 1, False], (number, name)


@pytest.mark.own
def test_default_boto3_session_is_each_functions_own(sandbox, app, invoke):
    source = "import boto3\ndef handler(e, c):\n    return boto3.client('sts').get_caller_identity()['Account'] and boto3.DEFAULT_SESSION.get_credentials().access_key\n"
    resources = {
        "One": role(),
        "Two": role(),
        "A": function(app.code(main=source), "One", "a", Timeout=10),
        "B": function(app.code(main=source), "Two", "b", Timeout=10),
    }
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    assert body(invoke({}, "a")) != body(invoke({}, "b"))


@pytest.mark.own
@pytest.mark.parametrize("service", ["same", "copy"])
def test_loggers_of_two_environments_do_not_meet(service, sandbox, app, invoke, layer, monkeypatch):
    source = "from aws_lambda_powertools import Logger\nlogger = Logger(service='SERVICE')\ndef handler(e, c):\n    logger.append_keys(who=c.function_name)\n    logger.info('hello')\n"
    source = source.replace("SERVICE", service)
    monkeypatch.setattr(logging.getLogger(service), "handlers", [logging.StreamHandler()])
    layers = [layer("aws_lambda_powertools")]
    functions = {each.upper(): function(app.code(main=source), "Role", each, Layers=layers) for each in ("a", "b")}
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    invoke({}, "a")
    invoke({}, "b")
    assert [record["who"] for record in sandbox.functions.records("a") + sandbox.functions.records("b")] == ["a", "b"]


@pytest.mark.own
def test_a_function_imports_nothing_of_the_sandboxs_machine(deploy, invoke):
    source = "def handler(e, c):\n    from moto import core\n"
    deploy({"main": source})
    assert body(invoke({}))["errorType"] == "ModuleNotFoundError"
