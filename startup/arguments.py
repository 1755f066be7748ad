"""The arguments that the commands of ``main.py`` take."""

from __future__ import annotations

import argparse
from pathlib import Path

import config

MAX_PROCESSES = 64


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="main.py", description="陪诊预约服务 / hospital escort booking")
    root.add_argument("--data", default="data", help="folder for everything that is written (default: data)")
    root.add_argument(
        "--config", help="configuration file (default: config.toml beside main.py, if there is one)"
    )
    root.add_argument("--version", action="version", version=f"HospitalAppointment {config.VERSION}")
    sub = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serving = sub.add_parser("serve", help="run the server")
    serving.add_argument("--port", type=int, help="instead of server.port")
    serving.add_argument(
        "--processes", type=_count, default=1, metavar="N", help="so many server processes behind the address"
    )
    serving.add_argument("--worker", help=argparse.SUPPRESS)  # what a parent gives to each of them
    demo = sub.add_parser("demo", help="serve with three weeks of a made-up company (development)")
    demo.add_argument("--port", type=int, help="instead of server.port")
    demo.add_argument("--days", type=_count, default=21, help="how long the company has been in business")
    demo.set_defaults(worker=None, processes=1)
    sub.add_parser("migrate", help="bring the database to the newest schema")
    check = sub.add_parser("check", help="run every start-up check and list the results")
    check.add_argument(
        "--live", action="store_true", help="also ask WeChat, and our own addresses; changes nothing"
    )
    sub.add_parser("config-example", help="print config.example.toml")
    sub.add_parser("secrets", help="print new secrets as an environment file; nothing is written")
    admin = sub.add_parser("admin", help="administrators").add_subparsers(dest="act", required=True)
    create = admin.add_parser("create", help="make an account; asks for the password")
    create.add_argument("name")
    create.add_argument("--role", choices=["owner", "clerk", "accountant"], default="owner")
    create.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    unlock = admin.add_parser("unlock", help="let an account log in again after too many wrong passwords")
    unlock.add_argument("name")
    stand_in = sub.add_parser("sandbox", help="run WeChat's stand-in alone (development, staging)")
    stand_in.add_argument("--port", type=int, default=8001)
    reconcile = sub.add_parser("reconcile", help="compare a day's bill of WeChat with the ledger")
    reconcile.add_argument(
        "day", nargs="?", metavar="YYYY-MM-DD", help="default: every day that is still missing"
    )
    sub.add_parser("wechat-paths", help="tell WeChat which page its order centre and its messages open")
    complaints = sub.add_parser(
        "complaint-notifications", help="where WeChat Pay sends news of complaints: show, register, remove"
    )
    complaints.add_argument(
        "act", nargs="?", choices=["show", "set", "remove"], default="show", help="default: show"
    )
    ledger = sub.add_parser("ledger", help="print the balance per day, and check the ledger against itself")
    ledger.add_argument(
        "--repair",
        action="store_true",
        help="before: put right what is kept beside escorts' pay and visits; also while serving",
    )
    sub.add_parser("rotate-privacy-key", help="seal all personal numbers with the newest key")
    backup = sub.add_parser(
        "backup", help="write database, pictures, avatars and bills to a file; while serving"
    )
    restore = sub.add_parser(
        "restore", help="put a backup back, whole or not at all; the server must be stopped"
    )
    for copying in (backup, restore):
        copying.add_argument("file", type=Path)
        copying.add_argument("--overwrite", action="store_true", help="replace what is there")
    backup.add_argument(
        "--keys", action="store_true", help="config.toml and key files, too: keep the file safe"
    )
    restore.add_argument("--keys", action="store_true", help="put config.toml and key files back, too")
    legacy = sub.add_parser("import-legacy", help="take over the older system's MySQL database")
    legacy.add_argument("--host", required=True)
    legacy.add_argument("--port", type=int, default=3306)
    legacy.add_argument("--name", required=True, help="name of the older database")
    legacy.add_argument("--user", required=True)
    legacy.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    legacy.add_argument(
        "--dry-run", action="store_true", help="do all the work, write nothing, print the report"
    )
    return root


def _count(text: str) -> int:
    """Raises ArgumentTypeError, which argparse prints."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PROCESSES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_PROCESSES}")
    return int(text)
