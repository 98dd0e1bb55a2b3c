"""Four hundred nights and what they leave, written by hand: classes of the calendar, two changes of policy, three missed nights, an instance that is terminated."""

from datetime import date

from tests.stories.world import HOME, NIGHTLY, RECOVERY

FIRST, LAST = date(2027, 3, 1), date(2028, 4, 3)
TERMINATED = date(2027, 9, 16)
MISSED = {date(2027, 11, 1), date(2028, 1, 1), date(2028, 3, 20)}
"""The first night of a month, of a year and of a month, of a week."""


def policy(home, recovery):
    table = NIGHTLY.replace("window", f'after_termination = "120 days"\nkeep = {{ {home} }}\nkeep_in.eu-west-1 = {{ {recovery} }}\nwindow')
    return f'{table}\n[policies.nightly.ladder]\nderegister_after = "1 day"\n'


POLICIES = {
    FIRST: policy("daily = 7, weekly = 4, monthly = 12, yearly = 3, at_least = 2", "newest = 3, monthly = 2, yearly = 1"),
    date(2027, 7, 28): policy("daily = 3, weekly = 2, monthly = 2, yearly = 1, at_least = 2", "newest = 3, monthly = 2, yearly = 1"),
    date(2027, 12, 5): policy("daily = 5, weekly = 3, monthly = 12, yearly = 3, at_least = 2", "newest = 3, monthly = 6, yearly = 1"),
}

LIVES = {
    HOME: {
        "2027-03-01": "available",  # the first of 2027; March to October went with the first change
        "2027-11-02": "available",  # the first of November, since the 1st was missed
        "2027-12-01": "available",
        "2028-01-02": "available",  # the first of January and of 2028, since the 1st was missed
        "2028-02-01": "available",
        "2028-03-01": "available",
        "2028-03-13": "disabled",  # the Monday of four weeks, this one among them: stale since today, a Monday
        "2028-03-21": "available",  # the first of its week, since the Monday was missed
        "2028-03-27": "available",  # Monday
        "2028-03-29": "disabled",  # five days ago: stale since today
        "2028-03-30": "available",
        "2028-03-31": "available",
        "2028-04-01": "available",
        "2028-04-02": "available",
        "2028-04-03": "available",
    },
    RECOVERY: {
        "2027-11-02": "available",
        "2027-12-01": "available",
        "2028-01-02": "available",
        "2028-02-01": "available",
        "2028-03-01": "available",
        "2028-03-31": "disabled",  # the fourth newest: stale since today
        "2028-04-01": "available",
        "2028-04-02": "available",
        "2028-04-03": "available",
    },
}
ENDED = {
    HOME: {
        "2027-03-01": "available",  # the first of 2027
        "2027-09-15": "available",  # the newest but one until the second change, and since then September's first
    },
    RECOVERY: {},  # three stayed for 120 days, one of them as September's until March
}
