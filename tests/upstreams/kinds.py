"""Every kind of provider that has a network, with the server that plays it and what it can say."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.upstreams import claude, gemini, kimi, ollama, openai, openrouter
from tests.upstreams.base import Answer, UpstreamServer, sse

TOOL = "weather"
ARGUMENTS = {"city": "Oslo"}
_AS_TEXT = '{"city":"Oslo"}'
THOUGHT = "Let me see."


class Played(NamedTuple):
    """`path` is that of the base URL. `tool` and `thought` take whether a stream was asked for:
    a call of TOOL with ARGUMENTS, and "Hello there" after THOUGHT. `key` is the header, and the
    word before the key in it, by which the vendor takes its secret.
    """

    server: type[UpstreamServer]
    model: str
    tool: Callable[[bool], Answer]
    thought: Callable[[bool], Answer]
    path: str = ""
    key: tuple[str, str] = ("authorization", "Bearer ")
    embeds: bool = True


def _openai_tool(stream: bool) -> Answer:
    if not stream:
        calls = [openai.call(None, "call_1", TOOL, _AS_TEXT)]
        return Answer.of(openai.document(None, "tool_calls", tool_calls=calls))
    opened = openai.chunk(tool_calls=[openai.call(0, "call_1", TOOL)])
    pieces = [openai.chunk(tool_calls=[openai.call(0, arguments=t)]) for t in _halves(_AS_TEXT)]
    return Answer.stream(sse(opened, *pieces, openai.chunk("tool_calls"), openai.usage_chunk()))


def _openai_thought(stream: bool) -> Answer:
    if not stream:
        return Answer.of(openai.document(reasoning_content=THOUGHT))
    thinking = [openai.chunk(reasoning_content=piece) for piece in _halves(THOUGHT)]
    return Answer.stream(sse(*thinking, *openai.text_chunks("Hello", " there")))


def _openrouter_tool(stream: bool) -> Answer:
    if not stream:
        calls = [openai.call(0, "call_1", TOOL, _AS_TEXT)]
        return Answer.of(openrouter.document(None, "tool_calls", tool_calls=calls))
    opened = openrouter.chunk(tool_calls=[openai.call(0, "call_1", TOOL, _AS_TEXT)])
    return Answer.stream(sse(opened, openrouter.chunk("tool_calls", usage=openrouter.USAGE)))


def _openrouter_thought(stream: bool) -> Answer:
    def said(text: str) -> dict[str, Any]:
        return {"reasoning": text, "reasoning_details": [openrouter.thought(text=text)]}

    if not stream:
        return Answer.of(openrouter.document(**said(THOUGHT)))
    thinking = [openrouter.chunk(**said(piece)) for piece in _halves(THOUGHT)]
    return Answer.stream(sse(*thinking, *openrouter.text_chunks("Hello", " there")))


def _kimi_tool(_: bool) -> Answer:
    opened = kimi.chunk(tool_calls=[kimi.call("weather:0", TOOL, _AS_TEXT)])
    return Answer.stream(sse(opened, kimi.chunk("tool_calls", usage=kimi.USAGE)))


def _kimi_thought(_: bool) -> Answer:
    return Answer.stream(sse(*kimi.text_chunks("Hello", " there", reasoning=THOUGHT)))


def _claude_tool(_: bool) -> Answer:
    opened = claude.tool(0, "toolu_1", TOOL, *_halves(_AS_TEXT))
    return Answer.stream([claude.answer(opened, reason="tool_use")])


def _claude_thought(_: bool) -> Answer:
    thought = claude.thinking(0, "signed", *_halves(THOUGHT))
    return Answer.stream([claude.answer(thought, claude.text(1, "Hello", " there"))])


def _gemini_tool(stream: bool) -> Answer:
    called = gemini.answer(gemini.candidate(gemini.call(TOOL, ARGUMENTS), finish="STOP"))
    return Answer.stream(gemini.chunks(called)) if stream else Answer.of(called)


def _gemini_thought(stream: bool) -> Answer:
    thought = gemini.text(THOUGHT, thought=True)
    if not stream:
        parts = (thought, gemini.text("Hello there"))
        return Answer.of(gemini.answer(gemini.candidate(*parts, finish="STOP")))
    first = gemini.answer(gemini.candidate(thought))
    return Answer.stream([*gemini.chunks(first), *gemini.streamed()])


def _ollama_tool(stream: bool) -> Answer:
    calls = [ollama.call(TOOL, ARGUMENTS, "call_1")]
    if not stream:
        return Answer.of(ollama.document(calls=calls))
    return ollama.streamed(ollama.line(calls=calls), ollama.last())


def _ollama_thought(stream: bool) -> Answer:
    if not stream:
        return Answer.of(ollama.document("Hello there", thinking=THOUGHT))
    thinking = [ollama.line(thinking=piece) for piece in _halves(THOUGHT)]
    return ollama.streamed(*thinking, ollama.line("Hello"), ollama.line(" there"), ollama.last())


def _halves(text: str) -> tuple[str, str]:
    half = len(text) // 2
    return text[:half], text[half:]


PLAYED = {
    "openai_compatible": Played(
        openai.OpenAIServer, openai.MODEL, _openai_tool, _openai_thought, "/v1"
    ),
    "ollama": Played(ollama.OllamaServer, ollama.MODEL, _ollama_tool, _ollama_thought),
    "ollama_cloud": Played(ollama.OllamaServer, ollama.MODEL, _ollama_tool, _ollama_thought),
    "openrouter": Played(
        openrouter.OpenRouterServer,
        openrouter.MODEL,
        _openrouter_tool,
        _openrouter_thought,
        "/api/v1",
    ),
    "kimi": Played(kimi.KimiServer, kimi.MODEL, _kimi_tool, _kimi_thought, "/v1", embeds=False),
    "gemini": Played(
        gemini.GeminiServer,
        "gemini-3-flash",
        _gemini_tool,
        _gemini_thought,
        gemini.BASE,
        ("x-goog-api-key", ""),
    ),
    "claude": Played(
        claude.ClaudeUpstream,
        claude.MODEL,
        _claude_tool,
        _claude_thought,
        key=("x-api-key", ""),
        embeds=False,
    ),
}
