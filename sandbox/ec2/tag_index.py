"""The tags of a region's resources, found by resource, by key, and by key and value."""

from collections import defaultdict
from collections.abc import Mapping


class TagIndex:
    """Tags by resource id. Each change of a resource's tags counts its version up."""

    def __init__(self) -> None:
        """Hold no tags."""
        self._tags: dict[str, dict[str, str]] = {}
        self._versions: dict[str, int] = defaultdict(int)
        self._by_key: dict[str, dict[str, None]] = defaultdict(dict)
        self._by_pair: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def of(self, resource: str) -> dict[str, str]:
        """A resource's tags, a copy."""
        return dict(self._tags.get(resource, {}))

    def version(self, resource: str) -> int:
        """How often a resource's tags have changed."""
        return self._versions[resource]

    def resources(self) -> list[str]:
        """All resources that have tags."""
        return list(self._tags)

    def with_key(self, key: str) -> Mapping[str, None]:
        """The resources that carry a key."""
        return self._by_key.get(key, {})

    def with_pair(self, key: str, value: str) -> Mapping[str, None]:
        """The resources that carry a key with just this value."""
        return self._by_pair.get((key, value), {})

    def put(self, resource: str, tags: Mapping[str, str]) -> list[str]:
        """Set tags; the keys that this changed."""
        held = self._tags.get(resource, {})
        changed = [key for key, value in tags.items() if held.get(key) != value]
        for key in changed:
            self._drop(resource, key)
            self._tags.setdefault(resource, {})[key] = tags[key]
            self._by_key[key][resource] = None
            self._by_pair[key, tags[key]][resource] = None
        self._versions[resource] += bool(changed)
        return changed

    def remove(self, resource: str, keys: list[str]) -> list[str]:
        """Take tags away; the keys that this changed."""
        changed = [key for key in keys if key in self._tags.get(resource, {})]
        for key in changed:
            self._drop(resource, key)
        self._versions[resource] += bool(changed)
        return changed

    def forget(self, resource: str) -> None:
        """Forget a resource that is gone."""
        for key in self.of(resource):
            self._drop(resource, key)
        self._versions.pop(resource, None)

    def _drop(self, resource: str, key: str) -> None:
        held = self._tags.get(resource, {})
        if key not in held:
            return
        value = held.pop(key)
        del self._by_key[key][resource], self._by_pair[key, value][resource]
        if not held:
            del self._tags[resource]
