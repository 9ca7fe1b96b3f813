"""Which of the client's fields have no equivalent here, under OpenAI's names."""

from collections.abc import Iterator

from providers.adapters.ollama.thinking import can_be_silenced
from providers.messages import Allowed, Image, JsonSchema, Named, Request


def fields(request: Request, *, cloud: bool) -> tuple[str, ...]:
    """In a fixed order, each once.

    Offering only the named tool does not make the model call it, and a schema told in
    words binds nobody: both count as not honoured.
    """
    return tuple(dict.fromkeys(_fields(request, cloud)))


def _fields(request: Request, cloud: bool) -> Iterator[str]:
    yield from (name for name, value in request.extras.items() if value is not None)
    if request.tools and _forces(request):
        yield "tool_choice"
    if any(tool.strict for tool in request.tools):
        yield "tools.function.strict"
    if request.sampling.logit_bias:
        yield "logit_bias"
    if request.user is not None:
        yield "user"
    if cloud and isinstance(request.output, JsonSchema):
        yield "response_format"
    if request.thinking.effort == "none" and not can_be_silenced(request.model):
        yield "reasoning_effort"
    if request.thinking.budget_tokens is not None:
        yield "reasoning.max_tokens"
    if any(turn.name for turn in request.turns):
        yield "messages.name"
    if any(_has_detail(part) for turn in request.turns for part in turn.parts):
        yield "messages.content.image_url.detail"


def _forces(request: Request) -> bool:
    choice = request.tool_choice
    if isinstance(choice, Allowed):
        return choice.mode == "required"
    return choice == "required" or isinstance(choice, Named)


def _has_detail(part: object) -> bool:
    return isinstance(part, Image) and part.detail not in (None, "auto")
