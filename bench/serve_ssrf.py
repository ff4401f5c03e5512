"""Addresses that must not be reached, tried for real in a network namespace in which every packet is counted.

    unshare -rn python -m bench.serve_ssrf

The namespace has one interface, with a route to everywhere, so that whatever is looked up or connected to leaves a packet
on it. Then the count is shown to work: one look-up on purpose.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.serve.test_outward import INSIDE, LOOKALIKES, asked, servers

from hypomag.serve import outward
from hypomag.serve.settings import Limits


def packets() -> int:
    """Packets sent on every interface since it is there."""
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    return sum(int(line.split(":")[1].split()[9]) for line in lines)


def main() -> None:
    for command in ("link set lo up", "route add default dev lo"):
        subprocess.run(["ip", *command.split()], check=True)
    folder = Path(tempfile.mkdtemp())
    before, refused = packets(), 0
    for server in LOOKALIKES:
        try:
            outward.complete(asked(server, labs=...), servers(folder), Limits())
        except outward.Closed:
            refused += 1
    for address in INSIDE:
        try:
            outward.complete(asked(labs=...), servers(folder), Limits(), look=lambda *_, one=address: [one])
        except outward.Closed:
            refused += 1
    sent = packets() - before
    tried = len(LOOKALIKES) + len(INSIDE)
    print(f"{tried} addresses tried, {refused} refused, {sent} packets sent")
    before = packets()
    for place in (("10.9.9.7", 443), ("8.8.8.8", 53)):
        with suppress(OSError):
            socket.create_connection(place, timeout=1)
    print(f"two connections on purpose: {packets() - before} packets, so they would have been seen")


if __name__ == "__main__":
    main()
