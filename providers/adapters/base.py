"""What an adapter is: pure functions between the neutral vocabulary and one wire format.

An adapter opens no socket, reads no clock, no file and no environment. It says
what to send (`Outgoing`), reads what comes back (`Decoder`), and names failures.
Everything else (transport, secrets, time limits, records) belongs to its callers.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar, Literal, Protocol

import msgspec

from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.events import Event
from providers.messages import (
    EmbeddingRequest,
    EmbeddingResult,
    ModelInfo,
    Request,
    RerankRequest,
    RerankResult,
)

# Tells the client what was sent upstream otherwise than it asked; notes are joined with "; ".
NOTE_HEADER = "x-lakehouse-note"


class Outgoing(msgspec.Struct, frozen=True):
    """An HTTP request without its secret.

    `path` is joined to the endpoint's base URL as it is (it starts with "/").
    `dropped` names the client's fields, in OpenAI's dialect, that this upstream
    cannot honour. `notes` are headers for the client, for example that an output
    floor was applied.
    """

    method: Literal["GET", "POST"]
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


class Decoder(Protocol):
    """Turns one answer's bytes into events; made anew for every try.

    `feed` takes chunks of any size. `finish` is called once, at EOF, and must end
    with `End`, or with `Fail` when the wire format's own terminator was not seen.
    After a `Fail` or `End` nothing more is asked. A malformed document is
    `Fail(protocol)`, never an exception.
    """

    def feed(self, chunk: bytes) -> list[Event]: ...

    def finish(self) -> list[Event]: ...


class Defaults(msgspec.Struct, frozen=True):
    """What a new provider of this kind starts with, where nothing else is said."""

    base_url: str = ""
    auth: str = ""
    default_model: str = ""
    connect_timeout: float = 5.0
    first_token_timeout: float = 120.0
    idle_timeout: float = 60.0
    total_timeout: float = 600.0
    unattended: bool = True
    min_output_tokens: int = 0


class Adapter(ABC):
    """One wire format. Subclasses hold no state; one instance serves every call."""

    kind: ClassVar[str]
    label: ClassVar[str]
    defaults: ClassVar[Defaults] = Defaults()
    # Hosts that may receive the secret named by `defaults.auth` without any file saying so.
    hosts: ClassVar[frozenset[str]] = frozenset()
    # The provider's `options`: name -> type. Unknown names are refused at the door.
    options: ClassVar[Mapping[str, type]] = {}
    # True: answers in this process, and the transport is never asked (echo).
    local: ClassVar[bool] = False
    # True: the upstream takes images by content only, so the line fetches URLs first.
    inline_images: ClassVar[bool] = False
    # True: ask for a stream also when the client wants one whole answer.
    always_stream: ClassVar[bool] = False

    def gated(self, base_url: str) -> bool:
        """True where the vendor's terms admit interactive use only, so `unattended` must be off."""
        return False

    # --- chat ---

    @abstractmethod
    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        """What to send. Raises ProviderError(bad_request | unsupported) with `param` set."""

    @abstractmethod
    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        """For a 2xx answer to `chat(endpoint, request)`; `request.stream` tells the framing."""

    @abstractmethod
    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        """Names a non-2xx answer. `headers` has lower-case names; `body` is capped, any bytes."""

    def amend(self, request: Request, failure: Failure) -> Request | None:
        """A request without what the upstream just refused with a 4xx, or None. Used once."""
        return None

    # --- the rest of the vendor ---

    @abstractmethod
    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        """How this vendor takes its key."""

    def list_models(self, endpoint: Endpoint, cursor: str | None = None) -> Outgoing | None:
        """The free call that lists models, or None when the vendor has none."""
        return None

    def read_models(self, body: bytes) -> tuple[list[ModelInfo], str | None]:
        """The models of one page and the next page's cursor. Raises ProviderError(protocol)."""
        return [], None

    def check(self, endpoint: Endpoint) -> Outgoing | None:
        """A free call that proves the key, where listing models does not prove it."""
        return None

    def load(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        """The free call that brings a model into the server's memory, None where there is none."""
        return None

    def unload(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        """The free call that takes it out again, None where there is none."""
        return None

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        """Raises ProviderError(unsupported) when the vendor has no embeddings."""
        raise ProviderError(
            failure(
                ErrorKind.UNSUPPORTED,
                f"Providers of kind {self.kind} have no embeddings. "
                "Ask a provider of another kind.",
                accepted=False,
            )
        )

    def read_embeddings(self, request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
        """Raises ProviderError(protocol) when the body is not an embedding answer."""
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, "no embeddings"))

    def rerank(self, endpoint: Endpoint, request: RerankRequest) -> Outgoing:
        """Raises ProviderError(unsupported) when the vendor does not rerank."""
        raise ProviderError(
            failure(
                ErrorKind.UNSUPPORTED,
                f"Providers of kind {self.kind} do not rerank. Ask a provider of another kind.",
                accepted=False,
            )
        )

    def read_rerank(self, request: RerankRequest, body: bytes) -> RerankResult:
        """Raises ProviderError(protocol) unless there is a score for each document."""
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, "no reranking"))


class Local(Adapter):
    """An adapter that answers in this process: it has events, and no bytes to read."""

    local = True

    @abstractmethod
    def answer(self, endpoint: Endpoint, request: Request) -> AsyncIterator[list[Event]]:
        """The events of one answer, in batches; ends with `End` or `Fail`."""

    @abstractmethod
    def embed_locally(self, request: EmbeddingRequest) -> EmbeddingResult:
        """The vectors, made here."""

    @abstractmethod
    def rerank_locally(self, request: RerankRequest) -> RerankResult:
        """The scores, made here."""

    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        raise TypeError(f"{self.kind} answers in process and has no bytes to decode")

    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        raise TypeError(f"{self.kind} answers in process and has no HTTP status")

    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        return ()
