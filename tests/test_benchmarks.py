"""The benchmarks run through, at their smallest, as their user starts them; how fast anything is proves nothing here."""

import operator
import os
import subprocess
from operator import methodcaller

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.apart import apart
from tests import checkout

NIGHTS = 1
ARGS = f"--nights {NIGHTS} --images 10 --images 20 --fleet 12 --seconds 0 --write"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The rows of each table on the page of figures that `make bench` wrote, by the table's title."""
    folder = checkout.copy(tmp_path_factory.mktemp("bench") / "nightkeep")
    subprocess.run([*checkout.AS_IT_IS, "bench", f"ARGS={ARGS}"], cwd=folder, env=checkout.plain(os.environ), check=True)
    page = (folder / "docs" / "figures.md").read_text(encoding="utf-8")
    assert f"`python -m benchmarks {ARGS}`" in page
    sections = (section.partition("\n") for section in page.split("\n## ")[1:])
    return {title: [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")][2:] for title, _, text in sections}


def test_four_sweeps_a_day_call_less_than_twenty_four(tables):
    four, hourly = next(rows for title, rows in tables.items() if title.startswith("Nights of"))
    assert (four[0], four[1], hourly[0], hourly[1]) == ("4 a day", str(NIGHTS), "hourly", str(NIGHTS))
    assert 0 < int(four[5].replace(",", "")) < int(hourly[5].replace(",", ""))
    quick, median, slow = map(float, four[7].split(" / "))
    assert 0 < quick <= median <= slow


def test_a_large_night_is_measured_with_all_of_ec2s_rates_and_with_half(tables):
    full, half = next(rows for title, rows in tables.items() if title.startswith("One night of 12"))
    assert (full[0], half[0]) == ("1", "0.5")
    assert float(full[3]) >= 1.0
    assert full[-1] == half[-1] == "0.0%"


def test_planning_is_measured_within_the_functions_memory(tables):
    [row] = tables["Planning a night in one invocation, in a process held to the function's memory"]
    assert (row[:2], row[3], row[5]) == (["60", "60"], "600", "512")
    assert 0 < int(row[4]) < 512


def test_every_call_is_measured_everywhere_at_every_size(tables):
    rows = tables["Calls per second, by the number of images"]
    assert [row[1] for row in rows] == ["in process", "over HTTP", "moto alone"] * (len(rows) // 3)
    lacking = {tuple(row[:2]) for row in rows if "not there" in row}
    assert lacking == {("DescribeImages, a page of 100", "moto alone")}


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
