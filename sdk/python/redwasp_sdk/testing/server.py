"""Servers for benches."""

from __future__ import annotations

from ..contract import Server


def server(product: str, version: str) -> Server:
    """A standalone master with 16 databases. Its fields are public: change what the test is about."""
    return Server(product, version, "standalone", "master", 16, [])
