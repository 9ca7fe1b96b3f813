"""Feedback on a call: whom it is counted for, who may give it, and what it ends in."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway.knowledge.knowing import ask, document, playbook, policy
from tests.serving import Gateway

TASK = "How do I descale the samovar?"


@pytest.fixture(scope="module", autouse=True)
def judged(shared_knowing: Gateway) -> None:
    policy(shared_knowing, "memory", "judges", live=True)
    policy(shared_knowing, "retrieval", "cites")


def say(
    served: Gateway, call_id: str, verdict: str, token: str = "", **fields: Any
) -> httpx.Response:
    with served.client(token or None) as client:
        return client.post(f"/v1/chat/{call_id}/feedback", json={"verdict": verdict} | fields)


def asked(served: Gateway, text: str = TASK, token: str = "", **fields: Any) -> str:
    answer = ask(served, text, token, **fields)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["x-request-id"])


def counts(served: Gateway, table: str, pk: str) -> tuple[int, int]:
    row = served.rows(f"SELECT helpful, harmful FROM profiles_{table} WHERE id = %s", pk)[0]
    return row["helpful"], row["harmful"]


def test_it_is_counted_for_the_playbook_and_the_documents_that_served(knowing: Gateway) -> None:
    book = playbook(knowing, "Zither", "How do I tune the zither?", "Turn the pegs.")
    cited = document(knowing, "Zither", "The zither is tuned by its pegs.")
    call = asked(knowing, "How do I tune the zither?", retrieval="cites")
    assert say(knowing, call, "helpful").json()["changed"] is True
    assert counts(knowing, "playbook", book) == counts(knowing, "document", cited) == (1, 0)


def test_the_same_again_changes_nothing_and_another_replaces_it(knowing: Gateway) -> None:
    book = playbook(knowing, "Oboe", "How do I oil the oboe?", "Sparingly.")
    call = asked(knowing, "How do I oil the oboe?")
    for verdict, expected in (("harmful", (0, 1)), ("harmful", (0, 1)), ("helpful", (1, 0))):
        assert say(knowing, call, verdict).status_code == 200
        assert counts(knowing, "playbook", book) == expected


def test_three_harmful_answers_retire_the_playbook_and_the_next_call_goes_without(
    knowing: Gateway,
) -> None:
    book = playbook(knowing, "Samovar", TASK, "Boil gravel in it.")
    for _ in range(3):
        last = say(knowing, asked(knowing), "harmful").json()
    assert last["retired"] == [book]
    assert ask(knowing, TASK).json()["lakehouse"]["playbooks"] == []
    event = knowing.rows("SELECT * FROM profiles_playbookevent WHERE playbook_id = %s", book)[0]
    assert (event["after"], event["reason"]) == ("retired", "3 uses, 0 % helpful, below 80 %")


def test_another_key_cannot_judge_the_call(knowing: Gateway) -> None:
    answer = say(knowing, asked(knowing, "Hello?"), "harmful", knowing.live_key())
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "call_not_found")


def test_a_managing_key_is_not_told_of_what_is_above_its_clearance(knowing: Gateway) -> None:
    cited = document(knowing, "Bassoon", "The bassoon is in the vault.", "restricted")
    high = knowing.live_key(clearance="restricted")
    call = asked(knowing, "Where is the bassoon?", high, retrieval="cites")
    low = knowing.live_key(clearance="public", may_manage=True)
    told = say(knowing, call, "helpful", low).json()
    assert (told["changed"], told["documents"]) == (True, [])
    assert counts(knowing, "document", cited) == (1, 0)


def test_feedback_on_calls_that_are_not_there_holds_up_nobody_else(knowing: Gateway) -> None:
    call = asked(knowing, "Hello again?")
    unknown = [f"{call[:-12]}{n:012d}" for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(say, knowing, each, "helpful") for each in unknown]
        time.sleep(0.3)
        started = time.monotonic()
        assert say(knowing, call, "helpful").status_code == 200
        assert time.monotonic() - started < 1
        assert {each.result().status_code for each in waiting} == {404}


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"verdict": "bad"}, "verdict"), ({"verdict": "helpful", "notes": ""}, "notes")],
)
def test_bad_feedback_is_refused_by_its_place(
    knowing: Gateway, fields: dict[str, str], place: str
) -> None:
    with knowing.client() as client:
        answer = client.post(f"/v1/chat/{'0' * 8}-0000-7000-8000-{'0' * 12}/feedback", json=fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, place)
