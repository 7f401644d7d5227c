"""No test may hang the run: one that takes far too long is ended, and shows what every task was waiting for."""

import asyncio
import io
import signal
import sys
from collections.abc import Generator
from types import FrameType

import pytest

LONGEST_S = 300
"""With its fixtures. The slowest test takes about a minute on two busy cores."""


class TookTooLong(Exception):
    """Raised wherever the test happens to be."""


def _end_it(_: int, frame: FrameType | None) -> None:
    try:
        tasks = asyncio.all_tasks(asyncio.get_running_loop())
    except RuntimeError:
        tasks = set()
    told = io.StringIO()
    for task in tasks:
        task.print_stack(file=told)
    sys.stderr.write(told.getvalue())
    raise TookTooLong(f"not ended after {LONGEST_S} s; {len(tasks)} tasks were under way, their stacks are above")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    before = signal.signal(signal.SIGALRM, _end_it)
    signal.alarm(LONGEST_S)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
