"""A listing finds its own objects, whatever the keys of a bucket are and whatever has become of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.s3.models import FakeDeleteMarker
from moto.s3.utils import _VersionedKeyStore

from sandbox.plain.ordered_keys import OrderedKeys

pytestmark = pytest.mark.own
LAST = "\U0010ffff"
KEYS = st.sampled_from(["a", "a/", "a/a", "a/b", "a/b/a", "ab", "b", "b/a", "b/b", "/", "//a", LAST, f"a/{LAST}", f"{LAST}a", f"{LAST}b"])
CHANGES = st.lists(st.tuples(st.sampled_from(["put", "set", "add", "mark", "pop"]), KEYS), max_size=20)
TEXTS = st.sampled_from(["", "a", "a/", "a/b", "b/", "/", LAST])


class Version:
    """One of an object's; a marker only in its class."""

    name = version_id = None
    is_disposed = False

    def dispose(self):
        """As moto lets go of what it keeps of one."""
        self.is_disposed = True


def changed(keys, changes):
    for change, key in changes:
        match change:
            case "put":
                keys[key] = Version()
            case "set":
                keys.setlist(key, [Version()])
            case "add":
                keys.setlist(key, [*keys.getlist(key, []), Version()])
            case "mark":
                keys[key] = FakeDeleteMarker(Version())
            case "pop" if key in keys and all(isinstance(each, Version) for each in keys.getlist(key)):  # moto cannot let go of markers
                keys.pop(key)
    return keys


@given(CHANGES, TEXTS, TEXTS)
def test_a_listing_finds_all_that_it_is_about_in_order(changes, prefix, after):
    keys = changed(OrderedKeys(), changes)
    latest = dict(changed(_VersionedKeyStore(), changes).items())
    there = [key for key, version in latest.items() if not isinstance(version, FakeDeleteMarker)]
    assert [key for key, _ in keys.under(prefix, after, None)] == sorted(key for key in there if key.startswith(prefix) and key > after)


@given(CHANGES, TEXTS, TEXTS, st.sampled_from(["/", "a", "a/", LAST]))
def test_a_listing_with_a_delimiter_finds_one_of_each_common_prefix(changes, prefix, after, delimiter):
    keys = changed(OrderedKeys(), changes)

    def common(key):
        head, found, _ = key[len(prefix) :].partition(delimiter)
        return prefix + head + found

    found = [common(key) for key, _ in keys.under(prefix, after, delimiter)]
    assert found == list(dict.fromkeys(common(key) for key, _ in keys.under(prefix, after, None)))


def test_versions_are_disposed_of_when_they_are_dropped_and_not_before():
    keys, first, second = OrderedKeys(), Version(), Version()
    keys.setlist("a", [first])
    keys.setlist("a", [first, second])
    assert not first.is_disposed
    keys.setlist("a", [second])
    assert (first.is_disposed, second.is_disposed) == (True, False)
