"""What operations read of the parameters they are given: what they leave unread must be declared in sandbox/contract.toml."""


class Noted(dict):
    """A request's parameters, or a part of them, that note which of their members are asked for."""

    def __init__(self, given):
        super().__init__({name: noted(value) for name, value in given.items()})
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.read.add(name)
        return super().__contains__(name)

    def get(self, name, otherwise=None):
        self.read.add(name)
        return super().get(name, otherwise)

    def __iter__(self):
        self.read.update(super().keys())
        return super().__iter__()

    def keys(self):
        self.read.update(super().keys())
        return super().keys()

    def items(self):
        self.read.update(super().keys())
        return super().items()

    def values(self):
        self.read.update(super().keys())
        return super().values()

    def __eq__(self, other):
        for each in (self, other):
            if isinstance(each, Noted):
                each.read.update(dict.keys(each))
        return super().__eq__(other)

    __hash__ = None

    def __or__(self, more):
        joined = Noted({})
        dict.update(joined, dict.items(self))
        dict.update(joined, more)
        joined.read = self.read
        return joined

    def unread(self, path=""):
        """The paths of members that nobody asked for."""
        for name, value in dict.items(self):
            if name not in self.read:
                yield f"{path}{name}"
            else:
                for each in value if isinstance(value, list) else [value]:
                    if isinstance(each, Noted):
                        yield from each.unread(f"{path}{name}.")


def noted(value):
    """A value whose mappings note what is read of them."""
    if isinstance(value, dict):
        return Noted(value)
    return [noted(each) for each in value] if isinstance(value, list) else value
