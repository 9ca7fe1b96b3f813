"""The ASGI application: chat paths to the lean handler, everything else to Django's own."""

import os
from typing import cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lakehouse.settings")

import django

django.setup()

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from lakehouse.gateway.guard import App, Receive, Scope, Send, guarded
from lakehouse.gateway.handler import LeanHandler
from lakehouse.gateway.services import Services, install
from lakehouse.server.identified import identified

LEAN_PREFIXES = ("/v1/", "/healthz", "/readyz", "/metrics")


def make_application() -> App:
    lean = LeanHandler()
    full = guarded(
        identified(cast(App, ASGIHandler())),
        settings.LAKEHOUSE_MAX_BODY,
        settings.LAKEHOUSE_BODY_SECS,
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await (lean if scope["path"].startswith(LEAN_PREFIXES) else full)(scope, receive, send)
        else:
            raise ValueError(f"no {scope['type']} here")

    return application


async def _lifespan(receive: Receive, send: Send) -> None:
    services = Services()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await services.start()
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": repr(error)})
                return
            install(services)
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await services.stop()
            install(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


application = make_application()
