"""Tools, the choice among them and the shape of the answer, as OpenAI writes them."""

from typing import Any

from providers.messages import Allowed, JsonSchema, Named, Output, Tool, ToolChoice

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def tool(item: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": item.name}
    if item.description is not None:
        function["description"] = item.description
    function["parameters"] = item.json_schema or NO_PARAMETERS
    if item.strict is not None:
        function["strict"] = item.strict
    return {"type": "function", "function": function}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def choice(chosen: ToolChoice) -> Any:
    match chosen:
        case Named(name=name):
            return named(name)
        case Allowed(mode=mode, names=names):
            allowed = {"mode": mode, "tools": [named(name) for name in names]}
            return {"type": "allowed_tools", "allowed_tools": allowed}
        case word:
            return word


def offered(tools: tuple[Tool, ...], chosen: ToolChoice | None) -> tuple[Tool, ...]:
    """The tools that a choice leaves, for servers that do not know `allowed_tools`."""
    match chosen:
        case Allowed(names=names):
            return tuple(item for item in tools if item.name in names)
        case _:
            return tools


def output(wanted: Output) -> dict[str, Any] | None:
    """`response_format`; None for plain text, which need not be asked for."""
    match wanted:
        case JsonSchema():
            schema: dict[str, Any] = {"name": wanted.name, "schema": wanted.schema}
            if wanted.strict is not None:
                schema["strict"] = wanted.strict
            if wanted.description is not None:
                schema["description"] = wanted.description
            return {"type": "json_schema", "json_schema": schema}
        case "json_object":
            return {"type": "json_object"}
        case _:
            return None
