"""What the sandbox's source reads: the names that a function and all that it calls ask for, told from the names that they only answer with."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILT_IN = {name for kind in (bytes, dict, list, set, str) for name in dir(kind)}
"""Methods by these names are the language's own, wherever they are called."""


class Source:
    """Definitions of a package by module and name, its classes' methods by name alone."""

    def __init__(self, package):
        self._defined, self._imported, self._methods = {}, {}, defaultdict(list)
        for path in (ROOT / package).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                self._define(module, node)
        self.uses = cache(self._uses)

    def reads(self, function):
        """The texts in a function of the package and in whatever it leads to, keys of what functions answer left out."""
        module, name = function.__module__, function.__qualname__.split(".<locals>")[0]
        if "." in name or (module, name) not in self._defined:
            name = name.rpartition(".")[2]
            todo = [one for one in self._methods[name] if one[0] == module]
        else:
            todo = [(module, self._defined[module, name])]
        assert todo, function
        seen, found = set(), set()
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                texts, leads = self.uses(*one)
                found |= texts
                todo += leads
        return found

    def _define(self, module, node):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self._defined[module, node.name] = node
            for one in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(one, ast.FunctionDef):
                    self._methods[one.name].append((module, one))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            self._defined |= {(module, name.id): node for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            self._imported |= {(module, one.asname or one.name): (node.module, one.name) for one in node.names}

    def _uses(self, module, node):
        answers = {id(key) for each in ast.walk(node) if isinstance(each, ast.Dict) for key in each.keys}
        answers = answers if isinstance(node, ast.FunctionDef) else set()
        texts, leads = set(), []
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in answers:
                texts.add(each.value)
            elif isinstance(each, ast.Name):
                leads += self._found(module, each.id)
            elif isinstance(each, ast.Attribute):
                leads += [] if each.attr in BUILT_IN else self._methods.get(each.attr, [])
                if isinstance(each.value, ast.Name):  # a module's
                    leads += self._found(".".join(self._origin(module, each.value.id)), each.attr)
        return texts, leads

    def _found(self, module, name):
        where = self._origin(module, name)
        return [(where[0], self._defined[where])] if where in self._defined else []

    def _origin(self, module, name):
        for _ in range(3):  # imported from where it is imported itself
            module, name = self._imported.get((module, name), (module, name))
        return module, name
