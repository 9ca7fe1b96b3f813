"""The adapter's face: each verb hands over to the file that answers its question."""

from collections.abc import Mapping
from typing import ClassVar

from providers.adapters.base import Adapter, Decoder, Defaults, Outgoing
from providers.adapters.claude import body, failures, listing, thinking
from providers.adapters.claude.decode import ClaudeDecoder
from providers.endpoint import Endpoint
from providers.errors import Failure
from providers.messages import ModelInfo, Request


class Claude(Adapter):
    """Anthropic's Messages API (`wire/anthropic.md`).

    Options: `version` (the anthropic-version header, 2023-06-01), `betas` (names for
    anthropic-beta, with commas between), `max_tokens` (sent when the client sets no
    limit, 8192), `late_system` (where an instruction goes that comes after the first
    turn and that the model takes nowhere else: "append" to the system text, which
    costs the prompt cache, or into the next user "turn", marked, which costs it
    authority).
    """

    kind = "claude"
    label = "Anthropic Claude"
    defaults = Defaults(base_url="https://api.anthropic.com", auth="ANTHROPIC_API_KEY")
    hosts: ClassVar[frozenset[str]] = frozenset({"api.anthropic.com"})
    options: ClassVar[Mapping[str, type]] = {
        "version": str,
        "betas": str,
        "max_tokens": int,
        "late_system": str,
    }
    # Long answers that are not streamed are refused by the vendor's SDKs and cut by networks.
    always_stream = True

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        return body.build(endpoint, request)

    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        return ClaudeDecoder(endpoint, request)

    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        return failures.of_answer(endpoint, status, headers, body)

    def amend(self, request: Request, failure: Failure) -> Request | None:
        return thinking.amend(request, failure)

    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        return (("x-api-key", secret),)

    def list_models(self, endpoint: Endpoint, cursor: str | None = None) -> Outgoing:
        return Outgoing(method="GET", path=listing.path(cursor), headers=body.headers(endpoint))

    def read_models(self, body: bytes) -> tuple[list[ModelInfo], str | None]:
        return listing.read(body)
