"""What tests prove of the contract: which operations the tests of a module call with success, under which section's mark."""

from pathlib import PurePath

from sandbox import contract


def of(item, succeeded):
    """What a test proved: its module, the sections it is marked with ("" always), and the operations that answered it without an error."""
    sections = {"", *(section for mark in item.iter_markers("facts") for section in mark.args)}
    return [item.path.stem.removeprefix("test_"), sorted(sections), sorted(map(list, succeeded))]


def unproven(proofs, whole):
    """The rows of modules that were run as a `whole` which no test of theirs has proven, in words."""
    proven = {(module, section, *call) for module, sections, calls in proofs for section in sections for call in calls}
    ran = {module for module, _, _ in proofs}
    return [
        f"{row.service} {row.operation}: no test in test_{module}.py calls it with success{f' under the mark facts {section}' if section else ''}"
        for row in contract.rows()
        for module in row.tests.keys() & whole & ran
        for section in row.tests[module].split() or [""]
        if (module, section, row.service, row.operation) not in proven
    ]


def run_whole(config):
    """The modules of tests/sandbox that this run runs from end to end: none when tests are chosen by name or mark."""
    chosen = config.option.keyword or config.option.markexpr or getattr(config.option, "lf", False) or config.option.maxfail
    arguments = [PurePath(argument) for argument in config.args]
    if chosen or any("::" in argument.name for argument in arguments):
        return set()
    modules = (config.rootpath / "tests" / "sandbox").glob("test_*.py")
    return {
        module.stem.removeprefix("test_")
        for module in modules
        if any(module.is_relative_to(config.invocation_params.dir / argument) for argument in arguments)
    }
