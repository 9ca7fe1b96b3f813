"""One whole request and answer, for everything at an upstream that is not a chat."""

import asyncio

import msgspec

from providers.adapters.base import Adapter, Local, Outgoing
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.exchange import MAX_DOCUMENT, build
from providers.messages import EmbeddingRequest, EmbeddingResult, RerankRequest, RerankResult
from providers.redact import redacted
from providers.transport import Body, Transport


async def ask(
    transport: Transport, adapter: Adapter, endpoint: Endpoint, outgoing: Outgoing, secret: str
) -> bytes:
    """The body of a 2xx answer, at most MAX_DOCUMENT bytes. Raises ProviderError."""
    try:
        async with asyncio.timeout(endpoint.timeouts.total):
            answer = await transport.handle_async_request(
                build(endpoint, adapter, outgoing, secret)
            )
            assert isinstance(answer.stream, Body)
            try:
                body = await _whole(answer.stream, endpoint)
            finally:
                await answer.stream.aclose()
    except TimeoutError:
        text = f"{endpoint.name} did not answer within {endpoint.timeouts.total:g} s."
        raise ProviderError(failure(ErrorKind.TIMEOUT, text)) from None
    if not 200 <= answer.status_code < 300:
        named = adapter.failure(endpoint, answer.status_code, answer.headers, body)
        raise ProviderError(redacted(named, secret))
    return body


async def embed(
    transport: Transport,
    adapter: Adapter,
    endpoint: Endpoint,
    request: EmbeddingRequest,
    secret: str,
) -> EmbeddingResult:
    """One vector an input, in their order. Raises ProviderError."""
    if isinstance(adapter, Local):
        return adapter.embed_locally(request)
    outgoing = adapter.embed(endpoint, request)
    body = await ask(transport, adapter, endpoint, outgoing, secret)
    try:
        result = adapter.read_embeddings(request, body)
    except ProviderError as error:
        raise ProviderError(redacted(error.failure, secret)) from None
    if len(result.vectors) != len(request.inputs):
        text = f"{endpoint.name} gave {len(result.vectors)} vectors for {len(request.inputs)} texts"
        raise ProviderError(failure(ErrorKind.PROTOCOL, text))
    return msgspec.structs.replace(result, dropped=outgoing.dropped)


async def _whole(body: Body, endpoint: Endpoint) -> bytes:
    pieces, size = [], 0
    while piece := await body.read():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_DOCUMENT:
            text = f"{endpoint.name} sent an answer larger than {MAX_DOCUMENT} bytes."
            raise ProviderError(failure(ErrorKind.PROTOCOL, text))
    return b"".join(pieces)


async def rerank(
    transport: Transport,
    adapter: Adapter,
    endpoint: Endpoint,
    request: RerankRequest,
    secret: str,
) -> RerankResult:
    """One score a document, in their order. Raises ProviderError."""
    if isinstance(adapter, Local):
        return adapter.rerank_locally(request)
    body = await ask(transport, adapter, endpoint, adapter.rerank(endpoint, request), secret)
    try:
        return adapter.read_rerank(request, body)
    except ProviderError as error:
        raise ProviderError(redacted(error.failure, secret)) from None
