"""A private Galera cluster of three MariaDB nodes on this machine, gone afterwards.

    with running_cluster() as cluster:
        cluster.nodes[2].kill()
        …
        cluster.nodes[2].rejoin()

The first node is installed and ended in good order; the others begin with a copy of its folder, so that nobody needs
a state transfer by rsync (whose programs belong to a package that starts a service). A node that was killed says where
its data stand (``--wsrep-recover``) and gets what it missed from the others' memory (IST).
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql

from tests.mariadb import MariaDB
from tests.mariadb_programs import free_port, program, system_user

PROVIDERS = ("/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so")
SIZE = 3
JOIN_SECONDS = 60.0
PROVIDER_OPTIONS = {
    "gcache.size": "64M",
    "gcache.recover": "no",
    "evs.keepalive_period": "PT0.5S",
    "evs.inactive_check_period": "PT0.3S",
    "evs.suspect_timeout": "PT3S",
    "evs.inactive_timeout": "PT6S",
    "evs.install_timeout": "PT6S",
    "pc.recovery": "false",
}
"""A node that answers nothing is shut out after 3 s (as shipped: 5 s)."""


class GaleraMissing(RuntimeError):
    """Galera's library is not installed."""


def provider() -> str:
    """The library that makes a MariaDB a node. Raises GaleraMissing."""
    for path in PROVIDERS:
        if Path(path).exists():
            return path
    raise GaleraMissing("libgalera_smm.so is not installed (Debian: galera-4); make cluster-test installs it")


class Node(MariaDB):
    """One of the servers. ``group_port``: where the others find it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.group_port, self._transfer_port = free_port(), free_port()
        self.environment = {"PATH": f"{Path(__file__).parent}:{os.environ.get('PATH', os.defpath)}"}

    def launch_as(self, address: str, *options: str) -> None:
        """Start it as a member of the group at ``address``."""
        provider_options = ";".join(
            f"{name}={value}"
            for name, value in {
                **PROVIDER_OPTIONS,
                "base_host": self.host,
                "base_port": str(self.group_port),
                "gmcast.listen_addr": f"tcp://{self.host}:{self.group_port}",
                "ist.recv_addr": f"{self.host}:{self._transfer_port}",
            }.items()
        )
        self.options = (
            "--wsrep-on=ON",
            f"--wsrep-provider={provider()}",
            "--wsrep-cluster-name=hospital-test",
            f"--wsrep-cluster-address={address}",
            f"--wsrep-node-name=node{self.number}",
            f"--wsrep-node-address={self.host}:{self.group_port}",
            f"--wsrep-provider-options={provider_options}",
            "--wsrep-sst-method=position",
            "--wsrep-slave-threads=2",
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--innodb-flush-log-at-trx-commit=1",  # a killed node keeps what it has committed
            *options,
        )
        self.start()

    def status(self, name: str) -> str:
        """Of ``SHOW STATUS``; empty when the node does not answer."""
        try:
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"SHOW GLOBAL STATUS LIKE '{name}'")
                found = cursor.fetchone()
                return str(found[1]) if found else ""
        except pymysql.Error:
            return ""

    def is_synced(self, members: int) -> bool:
        """Is it synced, in a group of so many or more?"""
        size = self.status("wsrep_cluster_size")
        return (
            size.isdigit() and int(size) >= members and self.status("wsrep_local_state_comment") == "Synced"
        )

    def position(self) -> str:
        """``UUID:number`` of what the folder of a killed node holds."""
        assert self.folder is not None
        recovery = subprocess.run(
            [
                program("mariadbd"),
                "--no-defaults",
                f"--user={system_user()}",
                f"--datadir={self.folder / 'data'}",
                f"--tmpdir={self.folder / 'tmp'}",
                f"--socket={self.folder / 'recovery'}",
                f"--pid-file={self.folder / 'recovery-pid'}",
                "--skip-networking",
                "--innodb-buffer-pool-size=64M",
                "--innodb-log-file-size=32M",
                "--wsrep-on=ON",
                f"--wsrep-provider={provider()}",
                "--binlog-format=ROW",
                "--innodb-autoinc-lock-mode=2",
                "--wsrep-cluster-address=gcomm://",
                "--wsrep-recover",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.findall(r"Recovered position:\s*(\S+)", recovery.stderr)
        assert found, recovery.stderr
        return str(found[-1])


class Cluster:
    """``nodes``: all of them, whether they run or not."""

    def __init__(self) -> None:
        self.nodes = [Node(number) for number in range(SIZE)]
        for node in self.nodes[1:]:
            node.password = self.nodes[0].password

    @property
    def address(self) -> str:
        return "gcomm://" + ",".join(f"{node.host}:{node.group_port}" for node in self.nodes)

    def start(self) -> None:
        """Raises GaleraMissing, or RuntimeError with a node's own words."""
        provider()
        first = self.nodes[0]
        first.launch_as("gcomm://", "--wsrep-new-cluster")  # gives the group its name and a first position
        self.wait_until_synced(first)
        first.end_in_good_order()
        assert first.folder is not None
        for node in self.nodes[1:]:
            node.take_folder(first.folder)
        first.launch_as("gcomm://", "--wsrep-new-cluster")
        self.wait_until_synced(first)
        for node in self.nodes[1:]:
            node.launch_as(self.address)
        self.wait_until_synced(*self.nodes)

    def stop(self) -> None:
        for node in reversed(self.nodes):
            node.stop()

    def rejoin(self, node: Node) -> None:
        """Start a node again that was killed."""
        node.launch_as(self.address, f"--wsrep-start-position={node.position()}")
        self.wait_until_synced(*self.nodes)

    def wait_until_synced(self, *nodes: Node) -> None:
        """All of these in one group. One that was frozen says that it is synced until it hears that it was shut out;
        the others know better."""
        deadline = time.monotonic() + JOIN_SECONDS
        while not all(node.is_synced(len(nodes)) for node in nodes):
            if time.monotonic() > deadline:
                lost = [node for node in nodes if not node.is_synced(len(nodes))]
                raise RuntimeError("\n".join(node.log[-2000:] for node in lost))
            time.sleep(0.1)


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
