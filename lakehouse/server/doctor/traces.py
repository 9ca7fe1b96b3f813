"""Where traces go, and whether a profile forwards them to nowhere."""

from collections.abc import Iterator

from django.db.utils import Error

from lakehouse.observing.forwarding.target import ENDPOINT, target
from lakehouse.server.doctor.finding import Finding, State
from profiles import live
from profiles.live import Profiles

AREA = "traces"


def look() -> Iterator[Finding]:
    try:
        where = target()
        observers = live.load(Profiles()).observer.values()
    except (ValueError, Error):
        return  # the findings of the settings and of the database say why
    forwarding = ", ".join(str(o) for o in observers if o.langfuse) or "none"
    if where is not None:
        detail = f"{where.origin}; observer profiles that forward: {forwarding}"
        yield Finding(AREA, ENDPOINT, State.OK, detail)
    elif forwarding == "none":
        yield Finding(AREA, ENDPOINT, State.OK, "not set, and no observer profile forwards")
    else:
        detail = f"not set, so the traces of {forwarding} are dropped"
        remedy = "Set it to the collector's address, then run: manage.py traces test"
        yield Finding(AREA, ENDPOINT, State.PROBLEM, detail, remedy)
