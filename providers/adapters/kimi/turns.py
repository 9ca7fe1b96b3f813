"""Kimi's conversation: no empty text, reasoning beside every earlier call, fewer media."""

from typing import NoReturn

from providers.adapters.kimi import names
from providers.adapters.openai_compatible.parts import unsupported
from providers.adapters.openai_compatible.turns import Message, Turns
from providers.messages import Audio, File, Image, Reasoning, Request, Turn


class KimiTurns(Turns):
    """`thinks` is False where this request turns thinking off."""

    thinks = True

    def __init__(self, request: Request, origin: str) -> None:
        super().__init__(request, origin)
        self.sent_names = names.sent(request)

    def function_name(self, name: str) -> str:
        return self.sent_names[name]

    def image(self, part: Image) -> Message:
        if part.mime == "image/svg+xml":
            unsupported("Kimi takes no SVG; send the image as PNG or JPEG.", "messages")
        if part.url and part.url.startswith("ms://"):
            return {"type": "image_url", "image_url": {"url": part.url}}
        return super().image(part)

    def audio(self, part: Audio) -> NoReturn:
        unsupported("Kimi takes no audio.", "messages")

    def file(self, part: File) -> NoReturn:
        unsupported("Kimi takes no files in a message; send their text.", "messages")

    def finish_assistant(self, message: Message, turn: Turn) -> None:
        """While thinking is on, a message with calls must say what was thought, if only "".

        Reasoning that the client sent as text is taken too: it is no more opaque than that.
        """
        if "tool_calls" not in message:
            return
        if not message["content"]:
            del message["content"]
        if self.thinks:
            kept = [s.value for s in self.own_states(turn) if isinstance(s.value, str)]
            said = [p.text for p in turn.parts if isinstance(p, Reasoning) and p.text]
            message["reasoning_content"] = "".join(kept or said)
