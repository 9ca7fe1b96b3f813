"""The supervisor over small real processes."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from lakehouse.server import child as children
from lakehouse.server.child import Child
from lakehouse.server.supervisor import Supervisor

CONNECT = """
import os, signal, socket, sys, time
line = socket.socket(fileno=int(os.environ["LAKEHOUSE_LIFELINE"]))
"""
READY = CONNECT + "line.send(b'ready')\n"
WAIT = "signal.pause()\n"


def child(script: str) -> Child:
    return Child("a child", [sys.executable, "-S", "-c", script])


def supervise(*members: Child, patience: float = 5, on_ready: Callable[[], None]) -> int:
    return Supervisor(members, patience, on_ready).run()


def tell_us(sig: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), sig)


def later(seconds: float, act: Callable[[], None]) -> None:
    threading.Timer(seconds, act).start()


@pytest.fixture(autouse=True)
def quick_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_DELAY", 0.01)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_every_child_and_is_a_clean_end(sig: signal.Signals) -> None:
    members = [child(READY + WAIT), child(READY + WAIT)]
    assert supervise(*members, on_ready=tell_us(sig)) == 0
    for member in members:
        assert member.pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(member.pid, 0)


def test_ready_is_said_once_when_all_children_are() -> None:
    said: list[float] = []
    slow = child(CONNECT + "time.sleep(0.2)\nline.send(b'ready')\n" + WAIT)

    def ready() -> None:
        said.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    begun = time.monotonic()
    supervise(child(READY + WAIT), slow, on_ready=ready)
    assert len(said) == 1
    assert said[0] - begun > 0.2


def test_a_child_that_dies_is_started_again() -> None:
    member = child(READY + WAIT)
    pids: list[int | None] = []

    def ready() -> None:
        pids.append(member.pid)
        os.kill(member.pid or 0, signal.SIGKILL)
        later(0.4, lambda: pids.append(member.pid))
        later(0.5, tell_us(signal.SIGTERM))

    assert supervise(member, on_ready=ready) == 0
    assert pids[0] != pids[1]


def test_a_child_that_cannot_start_ends_everything_with_1() -> None:
    steady = child(READY + WAIT)
    assert supervise(steady, child("raise SystemExit(3)"), on_ready=lambda: None) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(steady.pid or 0, 0)


def test_a_child_that_will_not_stop_is_killed_when_patience_ends() -> None:
    stubborn = child(
        "import signal\nsignal.signal(15, signal.SIG_IGN)\n" + READY + "time.sleep(60)"
    )
    begun = time.monotonic()
    assert supervise(stubborn, patience=0.3, on_ready=tell_us(signal.SIGTERM)) == 0
    assert 0.3 <= time.monotonic() - begun < 5


def test_a_second_ctrl_c_hurries_the_children() -> None:
    busy = child("import signal\nsignal.signal(15, signal.SIG_IGN)\n" + READY + "time.sleep(60)")

    def ready() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        later(0.2, tell_us(signal.SIGINT))

    begun = time.monotonic()
    supervise(busy, patience=30, on_ready=ready)
    assert time.monotonic() - begun < 5


def test_restarts_come_later_and_later_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_DELAY", 10.0)
    member = child("raise SystemExit(1)")
    delays = []
    for _ in range(4):
        member.start()
        assert member.hear()
        member.bury()
        delays.append(round((member.restart_at or 0) - time.monotonic()))
    assert delays == [10, 20, 30, 30]


def test_the_signal_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    supervise(child(READY + WAIT), on_ready=tell_us(signal.SIGTERM))
    assert signal.getsignal(signal.SIGTERM) is before
