"""Where calls may go besides the public internet: what file and environment allow."""

from collections.abc import Iterator

from django.conf import settings

from lakehouse.server.doctor.finding import Finding, State
from providers import registered

AREA = "egress"


def look() -> Iterator[Finding]:
    allowed = settings.LAKEHOUSE_EGRESS_ALLOW or "nothing"
    yield Finding(AREA, "LAKEHOUSE_EGRESS_ALLOW", State.OK, f"allows {allowed}")
    for host, port in sorted(registered.local_origins(settings.PROVIDERS_FILE)):
        yield Finding(AREA, f"{host}:{port}", State.OK, f"named in {settings.PROVIDERS_FILE}")
    try:
        registered.allow_list()
    except ValueError as error:
        remedy = (
            "Correct LAKEHOUSE_EGRESS_ALLOW: addresses, networks or host:port, comma separated."
        )
        yield Finding(AREA, "LAKEHOUSE_EGRESS_ALLOW", State.PROBLEM, str(error), remedy)
