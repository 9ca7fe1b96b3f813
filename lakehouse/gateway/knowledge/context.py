"""What memory recalls and retrieval finds for a call, as far as each provider may see it.

Each try gets only what its own provider, the key and the profile's gate allow: gathered
anew for each such limit, with one trip to the database, and none for a call without
a retrieval or memory profile.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

from django.db import Error, OperationalError, connection

from lakehouse.errors import ApiError
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.knowledge.companions import Companions
from lakehouse.gateway.knowledge.prompt import (
    Gathered,
    has_strangers,
    last_words,
    stranger,
    with_gathered,
)
from profiles.embedding.of_query import embedded
from profiles.memory import history, recalling
from profiles.memory.boosting import boosts
from profiles.memory.history import History
from profiles.memory.recalling import Recalled
from profiles.retrieval import search
from profiles.retrieval.search import Query
from providers.endpoint import LABELS, Endpoint, rank
from providers.messages import Request, Turn

logger = logging.getLogger(__name__)

Got = TypeVar("Got")
# Of its own, so that slow searches never hold up the ledger; fewer than the pool's connections.
_threads = ThreadPoolExecutor(6, "knowledge")
SECONDS = 5.0  # that a call may wait for the database, which may hang as well as be away
AWAY = "The database is away, so nothing was looked up."
_NOT_CLEARED = (
    "The request repeats what this session holds under a higher label than {1}, which is what {0} "
    "may receive. Send the new messages only, or choose a provider with a higher clearance."
)
_ANSWERS_ABOVE = (
    "The request answers a tool call that this session holds under a higher label than {1}, which "
    "is what {0} may receive. Choose a provider with a higher clearance."
)


class NotCleared(Exception):
    """The provider may not receive what the request itself holds; says why and what to do."""


class Context:
    """For one call. `added` once a try, `told` and `keep` for the try that answered."""

    def __init__(
        self,
        call: CallInFlight,
        companions: Companions,
        body: ChatBody,
        request: Request,
        endpoints: Mapping[str, Endpoint],
    ) -> None:
        self._call = call
        self._retrieval = companions.retrieval
        self._memory = companions.memory
        self._session = body.session_id
        # What the call says of its own words; those without a label may go to any provider.
        self._text_rank = rank(body.sensitivity) if body.sensitivity else 0
        self._incoming = request.turns
        self._text = last_words(request.turns)
        # Tools' results alone: they go on with the question that the session has.
        self._goes_on = all(turn.role != "user" for turn in request.turns)
        self._endpoints = endpoints
        self._embedded: dict[tuple[str, int], tuple[list[float], int] | str] = {}
        self._gathered: dict[int, Gathered] = {}
        self.now: Gathered | None = None  # what the last try was given
        self._kept: bool | None = None

    @property
    def in_session(self) -> bool:
        return self._session is not None

    async def added(self, request: Request, endpoint: Endpoint) -> Request:
        """The request with what this provider may see of it.

        Raises NotCleared, and ApiError: 503 where a session cannot be read, 400 where it does
        not fit.
        """
        limit = min(rank(self._call.principal.clearance), rank(endpoint.clearance))
        if limit not in self._gathered:
            self._gathered[limit] = await self._gather(limit, endpoint)
        self.now = now = self._gathered[limit]
        if now.history.repeated_rank > limit:
            raise NotCleared(_NOT_CLEARED.format(endpoint.name, endpoint.clearance))
        self._record(now)
        return with_gathered(request, now, self._call.id.hex[-8:])

    def back_to(self, gathered: Gathered) -> None:
        """An earlier try's answer is the answer after all."""
        self.now = gathered
        self._record(gathered)

    def told(self) -> dict[str, Any] | None:
        """The answer's `lakehouse` object: what went into the prompt."""
        now = self.now
        if now is None:
            return None
        told: dict[str, Any] = {}
        if self._retrieval is not None:
            passages = now.found.passages if now.found else ()
            notes = [*(now.found.notes if now.found else ()), *now.notes]
            told["retrieval"] = {"profile": str(self._retrieval), "notes": notes}
            if now.found:
                told["retrieval"]["mode"] = now.found.mode
            told["citations"] = [
                {
                    "id": f"p{number}",
                    "document": str(p.document),
                    "chunk": p.chunk,
                    "title": p.title,
                    "score": round(p.score, 4),
                    "stale": p.stale,
                }
                for number, p in enumerate(passages, start=1)
            ]
        if self._memory is not None:
            told["playbooks"] = [
                {"id": str(p.id), "title": p.title, "in_prompt": p.in_prompt, "stale": p.stale}
                for p in now.playbooks
            ]
        if self._session is not None:
            recalled = len(now.history.turns)
            told["session"] = {"id": self._session, "messages_recalled": recalled}
            if self._kept is not None:
                told["session"]["kept"] = self._kept
        return told

    async def keep(self, answer: Turn | None) -> None:
        """Keeps the session's new turn. A database that is away loses it: `told` and the log
        say so."""
        if self._session is None or self.now is None or answer is None:
            return
        row = self._call.row
        said = [*self._incoming[self.now.history.repeated :], answer]
        try:
            await in_database(
                lambda: history.keep(
                    self._call.principal.id,
                    str(self._session),
                    self._call.id,
                    said,
                    label_rank=rank(row.label) if row.label else 0,
                    model=row.model,
                ),
            )
            self._kept = True
        except Error:
            self._kept = False
            logger.exception("the turn of call %s was not kept in its session", self._call.id)

    # --- one limit ---

    async def _gather(self, limit: int, endpoint: Endpoint) -> Gathered:
        gated = limit
        if self._retrieval is not None:
            gated = min(limit, rank(self._retrieval.sensitivity_gate))
        try:
            asked = await self._question(limit)
            near = await self._vector(*asked)
            vector, space = (None, None) if isinstance(near, str) else near
            past, playbooks, candidates, query = await in_database(
                lambda: self._looked_up(limit, gated, *asked, vector, space)
            )
            if has_strangers(past, self._incoming):
                await self._refuse_strangers(endpoint)
        except Error as error:
            if self._session is not None:
                text = "The session cannot be read: the database is away. Try again in a moment."
                raise ApiError(503, "session_unavailable", text, retry_after=2) from error
            logger.warning("call %s goes without retrieval and memory: %r", self._call.id, error)
            return Gathered(limit, History(), notes=(AWAY,))
        notes = (near,) if isinstance(near, str) else ()
        found = None
        if self._retrieval is not None and query is not None:
            ranked = await search.reranked(
                self._call.onward(),
                self._endpoints,
                query,
                candidates,
                self._retrieval,
                allowed=self._call.principal.may_use,
            )
            found = search.chosen_passages(query, ranked, self._retrieval)
        return Gathered(limit, past, tuple(playbooks), found, notes)

    async def _refuse_strangers(self, endpoint: Endpoint) -> NoReturn:
        """Raises NotCleared where the call is there for the key, only not for this provider."""
        whole = await in_database(lambda: self._recalled(rank(self._call.principal.clearance)))
        if has_strangers(whole, self._incoming):
            raise stranger()
        raise NotCleared(_ANSWERS_ABOVE.format(endpoint.name, endpoint.clearance))

    async def _question(self, limit: int) -> tuple[str, int]:
        """What is looked for, and its label's rank. Tools' results alone go on with the question
        that their session has, as far as it is recalled."""
        if self._session is None or not self._goes_on:
            return self._text, self._text_rank
        past = await in_database(lambda: self._recalled(limit))
        return last_words(past.turns), max(self._text_rank, past.label_rank)

    def _recalled(self, limit: int) -> History:
        if self._memory is None or self._session is None:
            return History()
        key = self._call.principal.id
        return history.recall(key, self._session, self._memory, limit, self._incoming)

    def _looked_up(
        self,
        limit: int,
        gated: int,
        text: str,
        text_rank: int,
        vector: list[float] | None,
        space: int | None,
    ) -> tuple[History, list[Recalled], list[search.Candidate], Query | None]:
        """Everything that the database has to say, in one thread."""
        past, playbooks = self._recalled(limit), []
        if self._memory is not None and text:
            stale_days = self._memory.doc_staleness_days
            playbooks = recalling.recall(text, gated, vector, space, stale_days=stale_days)
        if self._retrieval is None or not text:
            return past, playbooks, [], None
        ceiling = self._memory.playbook_boost_ceiling if self._memory else 0.0
        query = Query(
            text=text,
            limit=gated,
            vector=vector,
            space=space,
            boosts=boosts(playbooks, self._retrieval.playbook_boost, ceiling),
            stale_days=self._memory.doc_staleness_days if self._memory else None,
            text_rank=text_rank,
        )
        return past, playbooks, search.candidates(query, self._retrieval), query

    async def _vector(self, text: str, text_rank: int) -> tuple[list[float], int] | str:
        """Of a question, asked for once a call."""
        asked = (text, text_rank)
        if asked not in self._embedded:
            self._embedded[asked] = await embedded(
                self._call.onward(),
                self._endpoints,
                text,
                text_rank,
                allowed=self._call.principal.may_use,
            )
        return self._embedded[asked]

    def _record(self, now: Gathered) -> None:
        row = self._call.row
        passages = now.found.passages if now.found else ()
        row.documents = [
            {
                "document": str(p.document),
                "chunk": p.chunk,
                "score": round(p.score, 4),
                "label": p.label,
            }
            for p in passages
        ]
        cited = {p.document for p in passages}
        row.playbooks = [
            {"playbook": str(p.id), "label": LABELS[p.label_rank]}
            for p in now.playbooks
            if p.in_prompt or not cited.isdisjoint(p.documents)
        ]
        row.session = self._session or ""
        row.label = LABELS[max(now.label_rank, now.history.repeated_rank, self._text_rank)]


async def in_database(work: Callable[[], Got]) -> Got:
    """In a thread that gives its connection back. Raises Error, also where it takes too long."""

    def done() -> Got:
        try:
            return work()
        finally:
            connection.close()

    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.get_running_loop().run_in_executor(_threads, done)
    except TimeoutError:
        raise OperationalError(f"the database gave no answer within {SECONDS:g} s") from None
