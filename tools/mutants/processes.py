"""Work that forked processes share: each takes the next piece when it is done with one."""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import selectors
import sys
from collections.abc import Callable, Iterator
from typing import Any


def shared(count: int, processes: int, work: Callable[[int], Any]) -> Iterator[Any]:
    """What ``work`` says about each of ``count`` pieces, as JSON can hold it, in the order in which they are done."""
    following = multiprocessing.Value(ctypes.c_int, 0)
    waiting = selectors.DefaultSelector()
    children = []
    for _ in range(processes):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _take_pieces(count, following, work, writing)
        os.close(writing)
        children.append(child)
        waiting.register(reading, selectors.EVENT_READ, bytearray())
    done = 0
    while waiting.get_map():
        for key, _ in waiting.select():
            got = os.read(key.fd, 1 << 20)
            if not got:
                waiting.unregister(key.fd)
                os.close(key.fd)
            key.data.extend(got)
            while b"\n" in key.data:
                line, _, rest = bytes(key.data).partition(b"\n")
                key.data[:] = rest
                done += 1
                print(f"\r{done} of {count} ", end="", file=sys.stderr, flush=True)
                yield json.loads(line)
    print(file=sys.stderr)
    for child in children:
        os.waitpid(child, 0)
    if done < count:
        print(f"{count - done} pieces of work were lost with their process", file=sys.stderr)


def apart(work: Callable[[], Any]) -> Any:
    """What ``work`` says, done in a forked process of its own. Raises ChildProcessError when that says nothing."""
    told = list(shared(1, 1, lambda _: work()))
    if not told:
        raise ChildProcessError("it has ended without a result")
    return told[0]


def _take_pieces(count: int, following: Any, work: Callable[[int], Any], writing: int) -> None:
    """In a forked process, which ends here."""
    try:
        _hide_output()
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            while True:
                with following.get_lock():
                    position = following.value
                    following.value += 1
                if position >= count:
                    break
                out.write(json.dumps(work(position)) + "\n")
                out.flush()
    finally:
        os._exit(0)


def _hide_output() -> None:
    """What tests print, and the processes that they start, is lost."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
