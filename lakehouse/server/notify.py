"""systemd's readiness protocol (sd_notify): one datagram to the socket it names."""

import os
import socket


def notify(state: str) -> bool:
    """Send `READY=1` or `STOPPING=1`; False when nobody waits for it."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), address)
    return True
