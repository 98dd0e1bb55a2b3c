"""The machine that figures are from, in one line."""

import os
import platform
import time
from pathlib import Path

TURNS = 100_000


def described() -> str:
    """Its processor, cores, memory, system and Python, and how busy it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load averages {busy}"
    )


def pace() -> float:
    """The seconds that a loop of TURNS takes right now: neighbours on a shared machine may make everything twice as slow from one moment to the next."""
    began = time.perf_counter()
    for _ in range(TURNS):
        pass
    return time.perf_counter() - began


def _processor() -> str:
    """As Linux names it, else as Python does."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
