"""`manage.py chat "…"`: a terminal client through the same line as POST /v1/chat."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.ids import new_id
from lakehouse.gateway.line import answer_chat
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import Services
from lakehouse.gateway.stream import ChatStream
from lakehouse.truth.problems import RulesError

# What a request may name, and how a shell says it; explain takes the same.
NAMED = {
    "provider": "a provider's name; its default model is asked",
    "model": "a model, provider/model, or a profile's name",
    "profile": "an execution profile; without any: the live one",
    "ladder": "what to try when that fails",
}
# Whoever can run this command can read the database: no key stands between.
OPERATOR = Principal(0, "terminal", "operator", "restricted", frozenset(), None, True, None)


class Command(BaseCommand):
    help = "Asks a model and prints its answer; the call is recorded like any other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="what to say; - reads it from standard input")
        add_names(parser)
        parser.add_argument("--system", help="a system prompt")
        parser.add_argument("--stream", action="store_true", help="print words as they come")
        parser.add_argument("--json", action="store_true", help="print the whole answer object")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = _body(options)
        try:
            asyncio.run(_converse(raw, options["json"]))
        except ApiError as error:
            raise CommandError(f"{error.message} ({error.status} {error.code})") from error
        except RulesError as error:
            raise CommandError(f"The truth rules cannot be used.\n{error}") from error


def add_names(parser: ArgumentParser) -> None:
    for name, help_text in NAMED.items():
        parser.add_argument(f"--{name}", help=help_text)


def _body(options: dict[str, Any]) -> bytes:
    text = sys.stdin.read() if options["text"] == "-" else options["text"]
    messages = [{"role": "user", "content": text}]
    if options["system"]:
        messages.insert(0, {"role": "system", "content": options["system"]})
    body = {"messages": messages, "stream": options["stream"]}
    body |= {name: options[name] for name in NAMED if options[name]}
    if options["stream"]:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode(body)


async def _converse(raw: bytes, as_json: bool) -> None:
    services = Services()
    await services.start()
    try:
        body: ChatBody = decode_chat(raw)
        answer, headers = await answer_chat(services, OPERATOR, new_id(), body, raw)
        if isinstance(answer, ChatStream):
            await _print_stream(answer)
        elif as_json:
            Console().print_json(answer.decode())
        else:
            print_whole(json.loads(answer), headers)
    finally:
        await services.stop()


async def _print_stream(stream: ChatStream) -> None:
    try:
        async for data in stream:
            for line in data.split(b"\n\n"):
                if line.startswith(b"data: {"):
                    _print_chunk(json.loads(line[6:]))
    finally:
        await stream.aclose()


def _print_chunk(chunk: dict[str, Any]) -> None:
    if "error" in chunk:
        raise CommandError(chunk["error"]["message"])
    for choice in chunk["choices"]:
        delta = choice["delta"]
        sys.stdout.write(delta.get("content") or "")
        sys.stdout.flush()
    if chunk.get("usage"):
        _print_footer(chunk["model"], chunk["usage"], {})


def print_whole(answer: dict[str, Any], headers: dict[str, str]) -> None:
    message = answer["choices"][0]["message"]
    calls = message.get("tool_calls")
    sys.stdout.write(message["content"] or (json.dumps(calls) if calls else ""))
    _print_footer(answer["model"], answer["usage"], headers)


def _print_footer(model: str, usage: dict[str, Any], headers: dict[str, str]) -> None:
    sys.stdout.write("\n")
    sys.stdout.flush()
    notes = f"{model} · {usage['prompt_tokens']} in, {usage['completion_tokens']} out"
    if dropped := headers.get("x-lakehouse-dropped"):
        notes += f" · dropped: {dropped}"
    Console(stderr=True).print(notes, style="dim", highlight=False)
