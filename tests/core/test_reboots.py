"""Who is rebooted next: chains, one step of the watcher, and what no order of events can make it do."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.outcome import Outcome
from functions.core.reboots import chains
from functions.core.reboots.look import Seen
from functions.core.reboots.state import NOBODY
from functions.core.reboots.step import concerned, step
from functions.core.record import Reason, Status
from tests.builders import SLOT, config, image, instance, night

CONF = config(nightly={"reboot": True}, other={"reboot": True, "schedule": "cron(35 1 * * ? *)"})
TONIGHT, OTHER = night(CONF), night(CONF, "other", SLOT + timedelta(minutes=5))
MINUTE = timedelta(minutes=1)
SNAPSHOT = "snap-00000000000000001"


def member(number, group="g", **fields):
    return instance(number, "nightly other", tags={"Backup:group": group} if group else {}, **fields)


FLEET = [member(1), member(2), member(3)]
IDS = [one.instance_id for one in FLEET]


def chain(fleet=FLEET, of=TONIGHT, at=SLOT):
    [watch] = chains.watches(of, {one.instance_id: chains.keys(CONF, one) for one in fleet}, at, Reason.SCHEDULED)
    return watch


def seen(minutes, *images, fleet=FLEET, ok=(), snapshots=(SNAPSHOT,)):
    by_key = {one.key: (one,) for one in images}
    by_id = {one.instance_id: one for one in fleet}
    return Seen(frozenset(IDS), by_id, by_key, frozenset(snapshots), frozenset(ok), SLOT + minutes * MINUTE)


def taken(number=1, minutes=1, **fields):
    return image(number, age=minutes * MINUTE, **({"devices": image(1).devices} | fields))


def ordered(found):
    return [(take.instance_id, take.may_reboot, take.spared) for take in found.takes]


def after(state, *looks, watches=None):
    """The last of several steps, each with the state that the one before left."""
    found = None
    for look in looks:
        found = step(CONF, state, watches or [chain()], look)
        state = found.state
    return found


BEGUN = step(CONF, NOBODY, [chain()], seen(0)).state
"""The first of the group is ordered."""


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ()),
        ({"i-1": (), "i-2": ()}, (("i-1",), ("i-2",))),
        ({"i-1": ("a",), "i-2": ("b",), "i-3": ("a",)}, (("i-1", "i-3"), ("i-2",))),
        ({"i-1": ("a",), "i-2": ("b",), "i-3": ("b", "a")}, (("i-1", "i-2", "i-3"),)),
    ],
)
def test_who_shares_a_key_is_in_one_chain(members, expected):
    assert chains.partition(members) == expected


@given(st.dictionaries(st.integers(1, 9).map(str), st.lists(st.sampled_from("abcde"), max_size=3)))
def test_every_member_is_in_one_chain_and_no_two_chains_share_a_key(members):
    found = chains.partition(members)
    assert sorted(one for chain in found for one in chain) == sorted(members)
    keys = [{key for one in chain for key in members[one]} for chain in found]
    assert sum(map(len, keys)) == len(set().union(*keys))


def test_the_first_is_ordered_and_the_others_wait():
    found = step(CONF, NOBODY, [chain(), chain()], seen(0))
    assert ordered(found) == [(IDS[0], True, None)]
    assert [one.reason for one in found.outcomes] == [Reason.WATCHING] * 2
    assert after(BEGUN, seen(2)).takes == ()


def test_back_is_ok_twice_two_minutes_apart_after_its_snapshots_have_started():
    found = after(BEGUN, seen(2, taken(), ok=IDS[:1], snapshots=()), seen(4, taken(), ok=IDS[:1]))
    assert found.takes == found.told == ()
    assert after(found.state, seen(5, taken(), ok=IDS[:1])).takes == ()
    again = after(found.state, seen(6, taken()), seen(8, taken(), ok=IDS[:1]))
    assert again.takes == ()
    back = after(found.state, seen(6, taken(), ok=IDS[:1]))
    assert [(one.instance_id, one.outcome.status, one.outcome.reason) for one in back.told] == [(IDS[0], Status.ALREADY, Reason.BACK)]
    assert ordered(back) == [(IDS[1], True, None)]


def test_an_image_whose_snapshots_are_not_shown_yet_is_waited_for():
    assert after(BEGUN, seen(2, taken(devices=()), ok=IDS), seen(4, taken(devices=()), ok=IDS)).told == ()


@pytest.mark.parametrize("state", ["running", "terminated"])
def test_who_is_not_back_in_time_spares_its_group_and_stays_away(state):
    fleet = [replace(FLEET[0], state=state), *FLEET[1:]]
    found = after(BEGUN, seen(31, taken(), fleet=fleet))
    assert [(one.outcome.status, one.outcome.reason) for one in found.told] == [(Status.FAILED, Reason.NOT_BACK)]
    assert after(BEGUN, seen(2, taken()), seen(31)).told[0].outcome.reason is Reason.NOT_BACK  # though its image was deregistered
    assert ordered(found) == [(one, False, Reason.NOT_BACK) for one in IDS[1:]]
    assert found.outcomes[0].status is Status.ALREADY
    later = after(found.state, seen(40, taken(), fleet=fleet), watches=[chain(of=OTHER)])
    if state == "running":
        assert later.takes == ()  # another policy's night waits
        assert ordered(after(later.state, seen(42, ok=IDS), seen(44, ok=IDS), watches=[chain(of=OTHER)])) == [(IDS[0], True, None)]
    else:
        assert ordered(later) == [(IDS[0], False, Reason.INSTANCE_STATE), (IDS[1], True, None)]


def test_an_order_without_an_image_is_sent_again_once_and_is_void_after_an_hour():
    again = after(BEGUN, seen(16))
    assert ordered(again) == [(IDS[0], True, None)]
    assert again.takes[0].not_after == SLOT + timedelta(hours=1)
    assert after(again.state, seen(32)).takes == ()
    void = after(again.state, seen(66))
    assert ordered(void) == [(IDS[0], False, Reason.NOT_TAKEN), (IDS[1], True, None)]
    assert void.takes[0].not_after == TONIGHT.take_until


def test_who_is_in_no_group_may_be_rebooted_until_the_last_part_of_the_window():
    alone = member(1, group=None)
    found = step(CONF, NOBODY, [chain([alone])], seen(0, fleet=[alone]))
    assert found.takes[0].not_after == TONIGHT.take_until - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (member(1, state="stopped"), Reason.INSTANCE_STATE),
        (replace(FLEET[0], tags={"Backup": "off"}), Reason.OPTED_OUT),
        (replace(FLEET[0], tags=FLEET[0].tags | {"Backup:reboot": "false"}), Reason.NOT_SELECTED),
        (replace(FLEET[0], tags=FLEET[0].tags | {"aws:autoscaling:groupName": "web"}), Reason.AUTO_SCALING),
    ],
)
def test_who_cannot_be_rebooted_any_more_is_taken_without_and_keeps_nobody_waiting(now, reason):
    assert ordered(step(CONF, NOBODY, [chain()], seen(0, fleet=[now, *FLEET[1:]]))) == [(IDS[0], False, reason), (IDS[1], True, None)]


def test_the_last_part_of_the_window_takes_the_rest_without_a_reboot_and_the_end_takes_nobody():
    last = step(CONF, BEGUN, [chain()], seen(5 * 60 + 31, taken(minutes=5 * 60 + 20)))
    assert ordered(last) == [(one, False, Reason.WINDOW_ENDS) for one in IDS[1:]]
    assert last.outcomes[0].reason is Reason.WATCHING  # the first is still to be seen back
    [over] = step(CONF, NOBODY, [chain()], seen(6 * 60 + 1)).outcomes
    assert (over.status, over.reason) == (Status.SKIPPED, Reason.EXPIRED)


def test_nights_that_are_over_are_forgotten():
    assert step(CONF, BEGUN, [], seen(6 * 60 + 1)).state.ordered == {}


def test_who_is_in_the_way_or_late_is_looked_at():
    late = BEGUN.with_away(IDS[0], BEGUN.away[IDS[0]].model_copy(update={"late": True}))
    others = [chain([member(7, group="h")], of=OTHER)]
    assert concerned(CONF, BEGUN, [chain(FLEET[1:])], seen(1)) == {IDS[0]}
    assert concerned(CONF, BEGUN, others, seen(1)) == frozenset()
    assert concerned(CONF, late, others, seen(1)) == {IDS[0]}


class Account:
    """EC2 as far as reboots go: workers take what is in the queue, in any order; instances come up, or do not."""

    def __init__(self, fleet):
        self.fleet = {one.instance_id: one for one in fleet}
        self.keys = {one.instance_id: chains.keys(CONF, one) for one in fleet}
        self.images, self.queue, self.rebooted, self.booted = {}, [], [], {}
        self.now, self.told = SLOT, set()

    def work(self):
        take = self.queue.pop(0)
        key = (take.policy, take.instance_id, take.slot)
        if key in self.images or self.now > take.not_after:
            return
        number = 1 + list(self.fleet).index(take.instance_id)
        start = OTHER.start if take.policy == "other" else SLOT
        made = image(number, policy=take.policy, start=start, created=self.now, devices=image(1).devices)
        self.images[key] = (made,)
        if take.may_reboot:
            down = {one for one, since in self.booted.items() if since is None}
            assert not any(one == take.instance_id or set(self.keys[one]) & set(self.keys[take.instance_id]) for one in down)
            self.rebooted.append((take.policy, take.instance_id))
            self.booted[take.instance_id] = None

    def deregister(self):
        """Somebody deregisters an image that the watcher has seen and whose take is done."""
        waiting = {(take.policy, take.instance_id, take.slot) for take in self.queue}
        for key in [key for key in self.images if key in self.told and key not in waiting][:1]:
            del self.images[key]

    def see(self):
        ok = frozenset(one for one in self.fleet if self.booted.get(one, SLOT) is not None)
        return Seen(frozenset(self.fleet), self.fleet, dict(self.images), frozenset({SNAPSHOT}), ok, self.now)


groups = st.sampled_from([None, "g", "h"])
moves = st.lists(
    st.sampled_from([*["watch"] * 3, "lose", "late writer", "restart", *["work"] * 4, "boot", *["pass"] * 2, "long", "gone"]), min_size=30
)


@settings(max_examples=100, deadline=None)
@given(st.lists(groups, min_size=2, max_size=4), moves)
def test_whatever_is_lost_late_or_doubled_two_of_a_key_are_never_away_and_nobody_is_rebooted_twice_for_a_slot(its_groups, story):
    fleet = [member(number, group) for number, group in enumerate(its_groups, start=1)]
    account, state, version, stale = Account(fleet), NOBODY, 0, (NOBODY, 0)
    messages = [watch for of in (TONIGHT, OTHER) for watch in chains.watches(of, account.keys, SLOT, Reason.SCHEDULED)]
    for move in story:
        match move:
            case "watch" | "lose" | "late writer" | "restart":
                read = stale if move == "late writer" else (state, version)
                found = step(CONF, read[0], messages * (2 if move == "restart" else 1), account.see())
                stale = (state, version)
                if read[1] == version:  # S3 takes the write of nobody who read an earlier version
                    state, version = found.state, version + 1
                    account.told = set(account.images)
                    account.queue += found.takes if move != "lose" else ()
            case "work" if account.queue:
                account.work()
            case "gone":
                account.deregister()
            case "boot":
                account.booted = dict.fromkeys(account.booted, account.now)
            case "pass" | "long":
                account.now += timedelta(minutes=2 if move == "pass" else 40)
        assert max(Counter(account.rebooted).values(), default=0) <= 1
    assert all(isinstance(one, Outcome) for one in step(CONF, state, messages, account.see()).outcomes)


def test_two_thousand_in_no_group_are_one_small_document_and_gone_from_it_when_they_are_back():
    fleet = [instance(number, "nightly") for number in range(1, 2001)]
    by_id = {one.instance_id: one for one in fleet}
    watches = chains.watches(TONIGHT, dict.fromkeys(by_id, ()), SLOT, Reason.SCHEDULED)
    made = image(1, age=MINUTE)
    images = {("nightly", one, TONIGHT.slot): (replace(made, image_id=f"ami-{one}"),) for one in by_id}
    snapshots = frozenset(device.snapshot_id for device in made.devices)
    state, largest = NOBODY, 0
    for minutes, ok in ((0, frozenset()), (2, frozenset(by_id)), (4, frozenset(by_id))):
        for start in range(0, len(watches), 100):
            part = watches[start : start + 100]
            members = frozenset(member for watch in part for member in watch.members)
            shown = images if minutes else {}
            look = Seen(members, {one: by_id[one] for one in members}, shown, snapshots, ok, SLOT + minutes * MINUTE)
            assert concerned(CONF, state, part, look) <= members  # no batch asks about more than its own
            state = step(CONF, state, part, look).state
        largest = max(largest, len(state.model_dump_json()))
    assert largest < 800_000
    assert state.away == {}
    assert len(state.model_dump_json()) < 60_000
