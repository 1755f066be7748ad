"""The addresses of a cluster's nodes, and which of them is used."""

from __future__ import annotations

from storage.mysql_nodes import MAX_CONNECT_SECONDS, Node, Nodes, read_nodes


def test_addresses_of_other_nodes_are_read() -> None:
    others = [
        "10.0.0.2",
        "10.0.0.3:3307",
        "db.example",
        "[fd00::1]:3308",
        "fd00::2",
        "[fd00::3]",
        "10.0.0.1:3306",
    ]
    assert read_nodes("10.0.0.1", 3306, others) == [
        Node("10.0.0.1", 3306),
        Node("10.0.0.2", 3306),
        Node("10.0.0.3", 3307),
        Node("db.example", 3306),
        Node("fd00::1", 3308),
        Node("fd00::2", 3306),
        Node("fd00::3", 3306),
    ]


def test_only_one_of_several_nodes_is_given_little_time() -> None:
    one, two = Node("a", 1), Node("b", 1)
    assert Nodes([one], 10).connect_seconds == 10
    assert Nodes([one, two], 10).connect_seconds == MAX_CONNECT_SECONDS
    assert Nodes([one, two], 2).connect_seconds == 2


def test_of_many_who_notice_at_once_only_the_first_moves_on() -> None:
    nodes = Nodes([Node("a", 1), Node("b", 1), Node("c", 1)], 10)
    for _ in range(3):
        nodes.leave(Node("a", 1))
    assert nodes.current == Node("b", 1)
    nodes.leave(Node("b", 1))
    nodes.leave(Node("c", 1))
    assert nodes.current == Node("a", 1)
