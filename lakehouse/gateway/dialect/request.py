"""From the client's body to the neutral request."""

from typing import Any, assert_never

import msgspec

from lakehouse.gateway.dialect import body as b
from lakehouse.gateway.dialect.content import parts_of, shown_parts, text_of
from lakehouse.gateway.dialect.decoding import bad, decode, refuse_deep
from providers.messages import (
    Allowed,
    JsonSchema,
    Named,
    Output,
    Part,
    Reasoning,
    Refusal,
    Request,
    Sampling,
    Segment,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)

_decoder = msgspec.json.Decoder(b.ChatBody)
_embedding_decoder = msgspec.json.Decoder(b.EmbeddingBody)


def decode_chat(raw: bytes) -> b.ChatBody:
    """Raises ApiError(400) naming the place."""
    return decode(raw, _decoder)


def decode_embedding(raw: bytes) -> b.EmbeddingBody:
    """Raises ApiError(400) naming the place."""
    return decode(raw, _embedding_decoder)


def neutral(body: b.ChatBody, model: str) -> Request:
    """The request for an upstream whose own name for the model is `model`.

    Raises ApiError(400) for what the types alone cannot tell.
    """
    system, turns = _conversation(body.messages, in_session=body.session_id is not None)
    return Request(
        model=model,
        system=tuple(system),
        turns=tuple(turns),
        tools=_tools(body),
        tool_choice=_tool_choice(body),
        parallel_tools=body.parallel_tool_calls,
        output=_output(body),
        limit=body.max_completion_tokens or body.max_tokens,
        sampling=_sampling(body),
        thinking=_thinking(body),
        stream=bool(body.stream),
        include_usage=bool(body.stream_options and body.stream_options.include_usage),
        user=body.user,
        extras=_extras(body),
    )


def _conversation(
    messages: list[b.Message], *, in_session: bool
) -> tuple[list[Segment], list[Turn]]:
    """In a session, the call that a tool's result answers may be a recalled one."""
    system: list[Segment] = []
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        match message:
            case b.SystemMessage():
                text, hint = text_of(message.content, f"{place}.content")
                system.append(Segment(text, "system", hint, len(turns)))
            case b.DeveloperMessage():
                text, hint = text_of(message.content, f"{place}.content")
                system.append(Segment(text, "developer", hint, len(turns)))
            case b.UserMessage():
                parts = parts_of(message.content, f"{place}.content")
                turns.append(Turn("user", parts, message.name))
            case b.AssistantMessage():
                turns.append(Turn("assistant", _assistant(message, place, number, names)))
            case b.ToolMessage():
                if message.tool_call_id not in names and not in_session:
                    raise bad(
                        f"{place}.tool_call_id answers no tool call of an earlier assistant "
                        "message. Send that message too.",
                        f"{place}.tool_call_id",
                    )
                shown = shown_parts(message.content, f"{place}.content")
                name = names.get(message.tool_call_id, "")
                result = ToolResult(message.tool_call_id, name, shown)
                turns.append(Turn("tool", (result,)))
            case b.FunctionMessage():
                call_id = next((i for i, n in reversed(names.items()) if n == message.name), None)
                if call_id is None:
                    raise bad(f"{place} answers a function that was not called.", f"{place}.name")
                content = (Text(message.content or ""),)
                turns.append(Turn("tool", (ToolResult(call_id, message.name, content),)))
            case _:
                assert_never(message)
    return system, turns


def _assistant(
    message: b.AssistantMessage, place: str, number: int, names: dict[str, str]
) -> tuple[Part, ...]:
    """Reasoning first, then the text, then the calls: the order every upstream expects."""
    parts: list[Part] = []
    thought = message.reasoning_content or message.reasoning
    if thought:
        parts.append(Reasoning(thought))
    for state in message.lakehouse_state or ():
        refuse_deep(state.value, f"{place}.lakehouse_state")
        parts.append(Reasoning("", state))
    if message.content:
        parts.extend(parts_of(message.content, f"{place}.content"))
    if message.refusal:
        parts.append(Refusal(message.refusal))
    for call in message.tool_calls or ():
        if call.lakehouse_state is not None:
            refuse_deep(call.lakehouse_state.value, f"{place}.tool_calls.lakehouse_state")
        names[call.id] = call.function.name
        parts.append(
            ToolCall(call.id, call.function.name, call.function.arguments, call.lakehouse_state)
        )
    if message.function_call:
        call_id = f"call_fn{number}"
        names[call_id] = message.function_call.name
        parts.append(ToolCall(call_id, message.function_call.name, message.function_call.arguments))
    return tuple(parts)


def _tools(body: b.ChatBody) -> tuple[Tool, ...]:
    functions = [tool.function for tool in body.tools or ()] or body.functions or []
    for number, function in enumerate(functions):
        refuse_deep(function.parameters, f"tools[{number}].function.parameters")
    return tuple(Tool(f.name, f.description, f.parameters, f.strict) for f in functions)


def _tool_choice(body: b.ChatBody) -> ToolChoice | None:
    offered = {tool.function.name for tool in body.tools or ()}
    offered |= {function.name for function in body.functions or ()}
    choice = body.tool_choice if body.tool_choice is not None else body.function_call
    if choice is None or isinstance(choice, str):
        return choice
    if isinstance(choice, b.AllowedChoice):
        names = tuple(tool.function.name for tool in choice.allowed_tools.tools)
    else:
        names = (choice.function.name if isinstance(choice, b.NamedChoice) else choice.name,)
    missing = [name for name in names if name not in offered]
    if missing:
        raise bad(
            f"tool_choice names {missing[0]}, which tools does not define. "
            f"Defined: {', '.join(sorted(offered)) or 'none'}.",
            "tool_choice",
        )
    if isinstance(choice, b.AllowedChoice):
        return Allowed(choice.allowed_tools.mode, names)
    return Named(names[0])


def _output(body: b.ChatBody) -> Output:
    match body.response_format:
        case None | b.TextFormat():
            return "text"
        case b.ObjectFormat():
            return "json_object"
        case b.SchemaFormat(json_schema=source):
            refuse_deep(source.schema, "response_format.json_schema.schema")
            return JsonSchema(source.name, source.schema, source.strict, source.description)
        case other:
            assert_never(other)


def _sampling(body: b.ChatBody) -> Sampling:
    if body.top_logprobs is not None and not body.logprobs:
        raise bad("top_logprobs needs logprobs: true.", "top_logprobs")
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return Sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        top_k=body.top_k,
        seed=body.seed,
        stop=stop,
        presence_penalty=body.presence_penalty,
        frequency_penalty=body.frequency_penalty,
        logit_bias=body.logit_bias,
        logprobs=body.logprobs,
        top_logprobs=body.top_logprobs,
        n=body.n,
    )


def _thinking(body: b.ChatBody) -> Thinking:
    options = body.reasoning or b.ReasoningOptions()
    effort = body.reasoning_effort or options.effort
    if effort is None and options.enabled is False:
        effort = "none"
    want_text = None if options.exclude is None else not options.exclude
    return Thinking(effort=effort, budget_tokens=options.max_tokens, want_text=want_text)


def _extras(body: b.ChatBody) -> dict[str, Any]:
    extras = {name: v for name in b.EXTRAS if (v := getattr(body, name)) is not None}
    if extras.get("modalities") == ["text"]:
        del extras["modalities"]  # what every upstream gives: nobody need be told
    for name, value in extras.items():
        refuse_deep(value, name)
    return extras
