"""`language_of_refusal`: the model did not refuse, by its finish reason or in its words.

A refusal in words is one at the start of an answer: later, such words are about something else.
"""

import re
from collections.abc import Mapping
from typing import Any

from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.subject import Subject

# Characters of the answer that are looked at.
START = 200
_DO = (
    r"(?:help|assist|comply|provide|do that|do this|fulfil?l|generate|create|write|answer|discuss"
    r"|engage|continue|share|support|participate)"
)
# What opens a refusal, by language. Each has a bounded number of ways to match.
REFUSALS = {
    "English": (
        rf"i(?:'m| am) (?:really |very |so )?(?:sorry|afraid)[,.]? (?:but )?(?:that )?i "
        rf"(?:can(?:'t|not| not)|won't|will not|am (?:not able|unable) to) (?:be able to )?{_DO}",
        rf"(?:sorry, (?:but )?)?i (?:can(?:'t|not| not)|won't|will not) (?:be able to )?{_DO}",
        rf"i(?:'m| am) (?:unable|not able|not allowed|not permitted) to {_DO}",
        r"(?:sorry, (?:but )?)?i must (?:respectfully )?decline",
        rf"as an ai(?: language model)?,? i (?:can(?:'t|not| not)|am (?:unable|not able) to) {_DO}",
    ),
    "German": (
        r"(?:es tut mir (?:sehr )?leid|tut mir leid|entschuldigung)[,.]? (?:aber )?(?:dabei |das |"
        r"ich |da )",
        r"(?:leider )?(?:dabei|damit) kann ich (?:ihnen |dir )?(?:leider )?nicht (?:helfen|dienen)",
        r"(?:leider )?(?:ich )?kann (?:ich )?(?:ihnen |dir )?(?:dabei |damit |das )?(?:leider )?"
        r"nicht (?:helfen|weiterhelfen|beantworten|tun)",
    ),
    "French": (
        r"(?:je suis )?(?:vraiment )?désolée?[,.]? (?:mais )?je ne (?:peux|suis)",
        r"je ne (?:peux|suis) pas (?:vous |t')?(?:aider|répondre|en mesure)",
        r"je regrette[,.]? mais je ne",
    ),
    "Spanish": (
        r"(?:lo siento|lamentablemente|disculpa)[,.]? (?:pero )?no puedo",
        r"no puedo (?:ayudarte|ayudarle|ayudar|responder|cumplir)",
    ),
    "Portuguese": (
        r"(?:sinto muito|desculpe|lamento|infelizmente)[,.]? (?:mas )?(?:eu )?não posso",
        r"(?:eu )?não posso (?:ajudar|te ajudar|responder|atender)",
    ),
    "Italian": (
        r"mi dispiace[,.]? (?:ma )?non posso",
        r"non posso (?:aiutarti|aiutarla|aiutare|rispondere|farlo)",
    ),
    "Dutch": (
        r"(?:het spijt me|sorry)[,.]? (?:maar )?(?:daar|dat|ik) (?:kan|mag)",
        r"(?:daar|hier) kan ik (?:je |u )?niet (?:mee |bij )?helpen",
    ),
    "Polish": (r"(?:przykro mi|przepraszam)[,.]? (?:ale )?nie mogę", r"nie mogę (?:ci )?pomóc"),
    "Russian": (
        r"(?:извините|простите|к сожалению)[,.]? (?:но )?я не могу",
        r"я не могу (?:вам |тебе )?(?:помочь|ответить|выполнить)",
    ),
    "Chinese": (
        r"(?:很?抱歉|对不起|對不起)[,\uff0c\u3002]? ?(?:但)?我(?:无法|不能|無法)",
        r"我(?:无法|不能|無法)(?:提供|协助|協助|帮助|幫助|回答|满足)",
    ),
    "Japanese": (
        r"(?:申し訳(?:ありません|ございません)|すみません|恐れ入ります)(?:が|。)?、?",
        r"(?:その|この)?(?:ご)?(?:要望|依頼|リクエスト|質問)には(?:お)?(?:応え|答え)できません",
    ),
    "Korean": (r"(?:죄송합니다|죄송하지만)[,.]? ", r"도와드릴 수 없습니다"),
}
_REFUSALS = {
    name: re.compile("|".join(patterns), re.IGNORECASE) for name, patterns in REFUSALS.items()
}
# Words that may stand before it.
_BEFORE = re.compile(
    r"[\s\"'*_>#-]{0,20}(?:(?:hi|hello|thanks|thank you)\b[^.!\n]{0,40}[.!] )?", re.IGNORECASE
)
_JAPANESE_OR_KOREAN = {
    "Japanese": re.compile("できません|できかねます|いたしかねます"),
    "Korean": re.compile("수 없습니다|어렵습니다"),
}


class LanguageOfRefusal:
    apart = False

    def check(self, subject: Subject) -> list[Invalid]:
        if subject.refused:
            return [Invalid("policy", WHOLE, "The model refused to answer.", final=True)]
        if language := spoken(subject.text):
            return [Invalid("policy", WHOLE, f"It is a refusal, in {language}.", final=True)]
        return []


def make(settings: Mapping[str, Any]) -> LanguageOfRefusal:
    return LanguageOfRefusal()


def spoken(text: str) -> str:
    """The language in which the text refuses, "" when it does not."""
    start = text[:START].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    start = start[_BEFORE.match(start).end() :]  # type: ignore[union-attr]  # it matches nothing too
    for language, pattern in _REFUSALS.items():
        # An apology alone is none there: the verb comes last.
        also = _JAPANESE_OR_KOREAN.get(language)
        if pattern.match(start) and (also is None or also.search(start)):
            return language
    return ""
