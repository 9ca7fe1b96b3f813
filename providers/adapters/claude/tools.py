"""Tools and the choice between them, as the Messages API takes them."""

from typing import Any

from providers.adapters.claude import schema
from providers.adapters.claude.draft import Draft, refused
from providers.adapters.claude.parts import Block
from providers.adapters.claude.traits import Traits
from providers.errors import ErrorKind
from providers.messages import Allowed, Named, Request, Tool, ToolCall


def is_forced(request: Request) -> bool:
    """True when the request leaves the model no choice but to call a tool."""
    match request.tool_choice:
        case "required" | Named() | Allowed(mode="required"):
            return True
        case _:
            return False


def add(body: dict[str, Any], request: Request, traits: Traits, draft: Draft) -> None:
    """Puts `tools` and `tool_choice` into the body. Raises ProviderError(bad_request)."""
    if not request.tools:
        _without_tools(body, request)
        return
    tools, choice = _choose(request)
    if request.parallel_tools is False and choice.get("type") != "none":
        choice = {"type": "auto", **choice, "disable_parallel_tool_use": True}
    body["tools"] = [_tool(tool, traits, draft) for tool in tools]
    if choice:
        body["tool_choice"] = choice


def _without_tools(body: dict[str, Any], request: Request) -> None:
    """A history with calls needs its tools in the request, also when the client dropped them."""
    if is_forced(request):
        raise refused(
            ErrorKind.BAD_REQUEST,
            "tool_choice asks for a tool, and tools is empty. Send tools, or leave it out.",
            "tool_choice",
        )
    names = {
        part.name: None for turn in request.turns for part in turn.parts if type(part) is ToolCall
    }
    if names:
        body["tools"] = [{"name": name, "input_schema": {"type": "object"}} for name in names]
        body["tool_choice"] = {"type": "none"}


def _choose(request: Request) -> tuple[tuple[Tool, ...], Block]:
    """The tools to send and the choice among them; {} where the vendor's default serves."""
    tools = request.tools
    match request.tool_choice:
        case None | "auto":
            return tools, {}
        case "none":
            return tools, {"type": "none"}
        case "required":
            return tools, {"type": "any"}
        case Named(name=name):
            _allowed(tools, (name,))
            return tools, {"type": "tool", "name": name}
        case Allowed(mode=mode, names=names):
            kept = _allowed(tools, names)
            if mode == "required" and len(kept) == 1:
                return tools, {"type": "tool", "name": kept[0].name}
            return kept, {"type": "any"} if mode == "required" else {}


def _allowed(tools: tuple[Tool, ...], names: tuple[str, ...]) -> tuple[Tool, ...]:
    kept = tuple(tool for tool in tools if tool.name in names)
    if not kept:
        raise refused(
            ErrorKind.BAD_REQUEST,
            f"tool_choice names {', '.join(names) or 'no tool'}, and tools has none of that name.",
            "tool_choice",
        )
    return kept


def _tool(tool: Tool, traits: Traits, draft: Draft) -> Block:
    given = tool.json_schema or {}
    if given.get("type", "object") != "object":
        raise refused(
            ErrorKind.BAD_REQUEST,
            f"The parameters of tool {tool.name} are not a schema of type object.",
            "tools",
        )
    strict = bool(tool.strict) and traits.structured
    if tool.strict and not strict:
        draft.drop("tools.strict")
    if strict:
        given, lost = schema.narrowed(given)
        if lost:
            draft.note(schema.told(lost))
    block: Block = {"name": tool.name, "input_schema": {**given, "type": "object"}}
    if tool.description:
        block["description"] = tool.description
    if strict:
        block["strict"] = True
    return block
