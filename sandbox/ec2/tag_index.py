"""The tags of a region's resources, found by resource, by key, and by key and value."""

from collections import defaultdict
from collections.abc import Mapping

NONE: Mapping[str, str] = {}


class TagIndex:
    """Tags by resource id. Each change of a resource's tags counts its version up, and replaces them: what was read before stays as it was."""

    def __init__(self) -> None:
        """Hold no tags."""
        self._tags: dict[str, Mapping[str, str]] = {}
        self._versions: dict[str, int] = defaultdict(int)
        self._by_key: dict[str, dict[str, None]] = defaultdict(dict)
        self._by_pair: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def of(self, resource: str) -> Mapping[str, str]:
        """A resource's tags: the same value until they change."""
        return self._tags.get(resource, NONE)

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
        held = self.of(resource)
        changed = {key: value for key, value in tags.items() if held.get(key) != value}
        self._change(resource, list(changed), changed)
        return list(changed)

    def remove(self, resource: str, keys: list[str]) -> list[str]:
        """Take tags away; the keys that this changed."""
        held = self.of(resource)
        changed = [key for key in keys if key in held]
        self._change(resource, changed, {})
        return changed

    def forget(self, resource: str) -> None:
        """Forget a resource that is gone."""
        self._change(resource, list(self.of(resource)), {})
        self._versions.pop(resource, None)

    def _change(self, resource: str, keys: list[str], added: dict[str, str]) -> None:
        """Take away these keys of a resource, then add tags to the rest of them."""
        if not keys:
            return
        held = self.of(resource)
        for key in held.keys() & keys:
            del self._by_key[key][resource], self._by_pair[key, held[key]][resource]
        for key, value in added.items():
            self._by_key[key][resource] = None
            self._by_pair[key, value][resource] = None
        left = {key: value for key, value in held.items() if key not in keys} | added
        if left:
            self._tags[resource] = left
        else:
            del self._tags[resource]
        self._versions[resource] += 1
