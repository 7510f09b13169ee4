"""Counts what leaves a network of its own: `python -m tests.ui.wire free|locked`, in a new network namespace.

The hostile page is shown in a second namespace, whose one way out is a cable to this one and whose default
route leads over it. What comes out of the cable is counted here, outside the process that shows the page and
whatever it tells of itself: every IPv4 packet of UDP, TCP or ICMP, to any address. Prints a line of JSON, in
which `shown` is what could be read on the locked page.
"""

import json
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

OUTSIDE, INSIDE = "192.0.2.1", "192.0.2.2"  # the ends of the cable (TEST-NET-1, RFC 5737)
SOMEWHERE = ("203.0.113.7", 8080, 3478)  # an address that nobody has (TEST-NET-3), and ports
IPV4 = 0x0800
KINDS = {1: "icmp", 6: "tcp", 17: "udp"}
ROOT = Path(__file__).resolve().parents[2]


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _lay_cable() -> subprocess.Popen[bytes]:
    """A namespace that lives as long as the process that is given back."""
    inside = subprocess.Popen(["unshare", "--net", "sleep", "300"])
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{inside.pid}/ns/net").readlink() == own:  # until it is there
        pass
    enter = ("nsenter", "--target", str(inside.pid), "--net", "ip")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "out", "type", "veth", "peer", "name", "in", "netns", str(inside.pid))
    _run("ip", "address", "add", f"{OUTSIDE}/24", "dev", "out")
    _run("ip", "link", "set", "out", "up")
    _run(*enter, "link", "set", "lo", "up")
    _run(*enter, "address", "add", f"{INSIDE}/24", "dev", "in")
    _run(*enter, "link", "set", "in", "up")
    _run(*enter, "route", "add", "default", "via", OUTSIDE)
    return inside


def _count(heard: socket.socket, counts: "Counter[str]") -> None:
    while True:
        try:
            packet, (_, protocol, direction, *_) = heard.recvfrom(65536)
        except OSError:
            return
        # What comes in by the cable, not what this end sends back.
        if protocol == IPV4 and direction != socket.PACKET_OUTGOING and len(packet) > 23:
            kind = KINDS.get(packet[23])
            if kind is not None:
                counts[kind] += 1


def main() -> None:
    inside = _lay_cable()
    counts: Counter[str] = Counter()
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IPV4))
    heard.bind(("out", IPV4))
    threading.Thread(target=_count, args=(heard, counts), daemon=True).start()
    show = [sys.executable, "-m", "tests.ui.hostile", sys.argv[1], *map(str, SOMEWHERE)]
    enter = ["nsenter", "--target", str(inside.pid), "--net"]
    try:
        done = subprocess.run(
            [*enter, *show], check=True, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    finally:
        inside.kill()
    print(json.dumps({"packets": counts, "shown": done.stdout.strip()}))


if __name__ == "__main__":
    main()
