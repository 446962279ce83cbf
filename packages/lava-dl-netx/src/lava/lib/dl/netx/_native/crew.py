"""Work shared between threads, which all stop soon when one of them has to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Check = Callable[[], None]
"""Called between pieces of work; raises where it is to stop."""


class StoppedError(Exception):
    """Another thread has failed, or the user has stopped the call."""


def share(
    work: Callable[[Item, Check], Result], items: Sequence[Item], threads: int
) -> list[Result]:
    """Results of the items, in order, on this thread and others.

    Ctrl-C stops all of them at their next check. Where the system refuses threads,
    those that are there do the work.

    Args:
        work: What is done with an item; it calls its second argument often.
        items: The items.
        threads: Threads to use at most.
    """
    crew = _Crew(work, items)
    helpers = _started(crew.help, min(threads, len(items)) - 1)
    try:
        crew.help()
        for helper in helpers:
            helper.join()
    except BaseException:
        crew.stop()
        for helper in helpers:
            helper.join()
        raise
    crew.raise_error()
    return [crew.results[i] for i in range(len(items))]


class _Crew:
    """What is left to do and what is done."""

    def __init__(self, work: Callable[[Any, Check], Any], items: Sequence[Any]) -> None:
        self._work, self._left = work, deque(enumerate(items))
        self._stopped, self._errors = False, deque[BaseException]()
        self.results: dict[int, Any] = {}

    def help(self) -> None:
        """Work until nothing is left; an error stops everybody."""
        try:
            while self._left and not self._stopped:
                try:
                    index, item = self._left.popleft()
                except IndexError:  # another thread was faster
                    return
                self.results[index] = self._work(item, self._check)
        except StoppedError:
            pass
        except BaseException as error:
            self._errors.append(error)
            self.stop()

    def stop(self) -> None:
        self._stopped = True

    def raise_error(self) -> None:
        if self._errors:
            raise self._errors[0]

    def _check(self) -> None:
        if self._stopped:
            raise StoppedError


def _started(target: Callable[[], None], count: int) -> list[threading.Thread]:
    helpers: list[threading.Thread] = []
    try:
        for _ in range(count):
            helper = threading.Thread(target=target, daemon=True)
            helper.start()
            helpers.append(helper)
    except RuntimeError:  # the system has no thread left
        pass
    return helpers
