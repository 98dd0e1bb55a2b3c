"""The benchmarks run through, at their smallest; how fast anything is proves nothing here."""

import operator
from operator import methodcaller

import pytest
from typer.testing import CliRunner

from benchmarks import page, tables
from benchmarks.__main__ import app
from benchmarks.apart import apart
from benchmarks.assembly import CONFIGURATION
from benchmarks.measures import measures

NIGHTS, SIZES = 2, (10, 20)


@pytest.fixture(scope="module")
def found(synthesize):
    """The figures of a few nights and images, measured in this process."""
    asked = measures(synthesize(CONFIGURATION), NIGHTS, SIZES, seconds=0.0)
    years, rates = ([measure.function(*measure.arguments, lambda _: None) for measure in kind] for kind in asked)
    return years, [one for several in rates for one in several]


def test_four_sweeps_a_day_call_less_than_twenty_four(found):
    four, hourly = found[0]
    assert (four.nights, hourly.nights) == (NIGHTS, NIGHTS)
    assert 0 < four.calls < hourly.calls


def test_every_call_is_measured_everywhere_at_every_size(found):
    rows = tables.rates(found[1]).rows
    assert [row[1] for row in rows] == ["in process", "over HTTP", "moto alone"] * (len(rows) // 3)
    lacking = {row[:2] for row in rows if "not there" in row}
    assert lacking == {("DescribeImages, a page of 100", "moto alone")}


def test_the_page_has_every_figure(found):
    shown = [tables.years(found[0]), tables.rates(found[1])]
    text = page.written(shown, "a machine", "a command")
    assert all(f"| {' | '.join(row)} |" in text for table in shown for row in table.rows)


def test_a_measurement_in_a_process_of_its_own_tells_how_far_it_is_and_gives_its_result():
    told = []
    assert apart(methodcaller("__call__", 0.5), tell=told.append) is None
    assert told == [0.5]
    assert apart(operator.eq, 1, tell=told.append) is False


def test_a_measurement_that_fails_is_told(capfd):
    with pytest.raises(RuntimeError, match="add failed"):
        apart(operator.add, 1, tell=print)
    assert "TypeError" in capfd.readouterr().err


def test_sizes_that_are_none_are_refused():
    result = CliRunner().invoke(app, ["--images", "many"])
    assert result.exit_code == 2
