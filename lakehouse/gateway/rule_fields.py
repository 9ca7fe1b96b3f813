"""What truth rules may name of a chat call, and which of its texts they may replace."""

from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.truth.fields import Fields
from lakehouse.truth.shapes import Answer, Call

WORDS = (
    "request.messages.*.content",
    "request.messages.*.tool_calls.*.function.arguments",
    "request.messages.*.function_call.arguments",
    "request.messages.*.reasoning_content",
    "request.messages.*.reasoning",
    "request.messages.*.refusal",
    "request.tools.*.function.description",
    "request.functions.*.description",
    "request.metadata",
    "request.prediction",
    "request.user",
    "answer.choices.*.message.content",
    "answer.choices.*.message.refusal",
    "answer.choices.*.message.reasoning_content",
    "answer.choices.*.message.tool_calls.*.function.arguments",
)
FIELDS = Fields({"request": ChatBody, "answer": Answer, "call": Call}, WORDS)
