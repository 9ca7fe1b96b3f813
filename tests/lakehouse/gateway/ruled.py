"""A gateway with truth rules of its own, in a folder that tests may edit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.serving import Gateway, body, gateway, registry
from tests.upstreams.openai import OpenAIServer

A = "openai_compatible-a"
RULES = r"""
[[rule]]
id = "no-codeword"
task_class = "*"
description = "A word that nobody outside may read"
condition = { FieldContainsAny = { field = "request.messages", values = ["codeword"] } }
action = { Redact = { with = "***" } }

[[rule]]
id = "no-shouting"
task_class = "*"
description = "Refused before anybody is asked"
condition = { FieldContainsAny = { field = "request.messages.*.content", values = ["SHOUT"] } }
action = { Reject = { message = "Do not shout." } }

[[rule]]
id = "no-weapons"
task_class = "*"
description = "Refused, and people are told"
condition = { FieldContainsAny = { field = "request.messages", values = ["weapon"] } }
action = { Block = { message = "Not here." } }

[[rule]]
id = "noted"
task_class = "notes"
description = "Only noted"
condition = "Always"
action = "Pass"

[[rule]]
id = "answer-numbers"
task_class = "*"
description = "Numbers like a card's do not reach the client"
condition = { FieldContainsAny = { field = "answer.choices.*.message", patterns = [
    '\b[0-9]{4}-[0-9]{4}\b',
] } }
action = { Redact = { with = "####" } }

[[rule]]
id = "answer-forbidden"
task_class = "*"
description = "Answers with this word are refused"
condition = { FieldContainsAny = { field = "answer.choices.*.message.content", values = [
    "forbidden",
] } }
action = { Reject = { message = "The answer may not be told." } }
"""


@contextmanager
def ruled_gateway(folder: Path, upstream: OpenAIServer) -> Iterator[Gateway]:
    truth = folder / "truth"
    truth.mkdir()
    (truth / "rules.toml").write_text(RULES)
    settings = {"LAKEHOUSE_TRUTH": str(truth), "LAKEHOUSE_STORE_CONTENT": "true"}
    providers = registry({A: upstream}, '\n[providers.echo]\nkind = "echo"\n')
    with gateway(folder, providers, settings=settings) as made:
        yield made


def rule_file(served: Gateway) -> Path:
    return Path(served.env["LAKEHOUSE_TRUTH"]) / "rules.toml"


def ask(served: Gateway, text: str, **fields: Any) -> httpx.Response:
    with served.client() as client:
        return client.post("/v1/chat", json=body("m", text, provider=A) | fields)


def row(served: Gateway, answer: httpx.Response) -> dict[str, Any]:
    return served.call(answer.headers["x-request-id"])
