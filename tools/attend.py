"""Stands between make and a server: ``python tools/attend.py COMMAND ARGUMENTS…``; it exits as the command does.

Without it, a server started by make is hard to end well:
- Ctrl-C at a terminal reaches make and the server at once, and make reports an error although the server ended
  cleanly. So the server gets a process group of its own, in the terminal's foreground: Ctrl-C reaches it alone,
  it ends with 0, and so does make.
- Without a terminal, a signal to the whole group would reach the server twice. Here it is passed on once.
- SIGINT to make alone: make does not pass it on, it waits for the server, for ever. On Linux that is noticed.
- make killed with SIGKILL would leave the server behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

LOOK_EVERY_SECONDS = 0.25
SAME_WISH_SECONDS = 1.0
"""One wish may come twice, to the whole group and from make. A second wish counts a second later."""
PR_SET_PDEATHSIG = 1
WISHES: dict[int, signal.Signals] = {
    signal.SIGINT: signal.SIGINT,
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGHUP: signal.SIGTERM,
}
HANDLED = {*WISHES, signal.SIGCHLD}


def before_exec() -> None:
    """In the new process: end with the attendant, and be deaf to the terminal's job control."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The shell would not learn of Ctrl-Z, so it does nothing; a closed terminal is the attendant's to notice.
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def terminal() -> int | None:
    """The terminal, if we are what it shows in the foreground."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        if os.tcgetpgrp(descriptor) == os.getpgrp():
            return descriptor
        os.close(descriptor)
    except OSError:
        pass
    return None


def interrupt_is_caught(process: int) -> bool:
    """Whether the process has a handler for SIGINT; make drops its own when it has received one."""
    try:
        with open(f"/proc/{process}/status") as status:
            line = next(line for line in status if line.startswith("SigCgt:"))
        return bool(int(line.split()[1], 16) >> (signal.SIGINT - 1) & 1)
    except (OSError, StopIteration):
        return False


def attend(server: subprocess.Popen[bytes]) -> int:
    """Pass signals on until the server has ended; returns its exit code as a shell would say it."""
    parent = os.getppid()
    watch_parent = interrupt_is_caught(parent)
    last_told = float("-inf")
    while server.poll() is None:
        wish = 0
        received = signal.sigtimedwait(HANDLED, LOOK_EVERY_SECONDS)
        if received is not None:
            wish = WISHES.get(received.si_signo, 0)
        elif os.getppid() != parent:
            parent = os.getppid()
            wish = signal.SIGTERM
        elif watch_parent and not interrupt_is_caught(parent):
            watch_parent = False
            wish = signal.SIGINT
        if wish and time.monotonic() - last_told > SAME_WISH_SECONDS:
            last_told = time.monotonic()
            server.send_signal(wish)
    return server.returncode if server.returncode >= 0 else 128 - server.returncode


def main() -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # or changing the foreground group would stop us
    shown = terminal()
    server = subprocess.Popen(sys.argv[1:], process_group=0, preexec_fn=before_exec)
    if shown is not None:
        os.tcsetpgrp(shown, server.pid)
    try:
        return attend(server)
    finally:
        if shown is not None:
            os.tcsetpgrp(shown, os.getpgrp())


if __name__ == "__main__":
    sys.exit(main())
