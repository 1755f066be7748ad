"""A password that a command needs, from the terminal or from standard input."""

from __future__ import annotations

import getpass
import sys

from startup.problems import CommandFailed


def read_password() -> str:
    """One line of standard input, in UTF-8 whatever the terminal's encoding: that is what a browser will send."""
    stream = getattr(sys.stdin, "buffer", None)
    try:
        line = stream.readline().decode("utf-8-sig") if stream else sys.stdin.readline()
    except UnicodeDecodeError:
        raise CommandFailed("the password on standard input is not UTF-8") from None
    return line.rstrip("\r\n")


def ask_password() -> str:
    """Asked for twice on the terminal. Raises CommandFailed when the two differ."""
    password = getpass.getpass("密码 / password: ")
    if getpass.getpass("再输入一次 / again: ") != password:
        raise CommandFailed("the two passwords differ")
    return password
