"""An id for each request of the full stack: in its log lines and its answer's x-request-id.

The paths programs call have theirs from the view: there it is the call's id as well.
"""

from lakehouse.gateway.guard import App, Message, Receive, Scope, Send
from lakehouse.gateway.ids import new_id, served


def identified(app: App) -> App:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = new_id()
        served.set(request_id)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"x-request-id", str(request_id).encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await app(scope, receive, sending)

    return wrapped
