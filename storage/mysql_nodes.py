"""The servers of one database: a single one, or the nodes of a cluster, of which a process uses one at a time.

The first address is used until it fails, then the next, and so on around; what was left is not gone back to by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MAX_CONNECT_SECONDS = 3.0
"""So long one of several nodes may take to give a connection, before another one is asked."""


class Node(NamedTuple):
    host: str
    port: int


def read_nodes(host: str, port: int, others: Sequence[str]) -> list[Node]:
    """The first node, and others as in ``database.other_hosts``: ``host`` or ``host:port``, an IPv6 address with a port
    in brackets."""
    nodes = [Node(host, port)]
    for text in others:
        name, colon, number = text.rpartition(":")
        has_port = colon and number.isascii() and number.isdigit() and (":" not in name or name.endswith("]"))
        found = Node(name.strip("[]"), int(number)) if has_port else Node(text.strip("[]"), port)
        if found not in nodes:
            nodes.append(found)
    return nodes


class Nodes:
    """``timeout``: seconds that a statement may take. ``are_cluster``: their locks have to be certified."""

    def __init__(self, nodes: Sequence[Node], timeout: float, *, are_cluster: bool = False) -> None:
        self._nodes = list(nodes)
        self._position = 0
        self.timeout = timeout
        self.connect_seconds = min(timeout, MAX_CONNECT_SECONDS) if len(nodes) > 1 else timeout
        self.are_cluster = are_cluster

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def current(self) -> Node:
        return self._nodes[self._position]

    def leave(self, node: Node) -> None:
        """It has failed: use the next one from now on, unless another use has noticed before."""
        if node == self.current:
            self._position = (self._position + 1) % len(self._nodes)
