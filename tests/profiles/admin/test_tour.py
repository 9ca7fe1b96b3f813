"""A first-time operator, from the admin alone: make, activate, chat, edit, activate, roll back.

In a real browser against a served gateway and a worker; a screenshot of each page is left
in pytest's folder for this test. Skipped where there is no chromium.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, Response, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.lakehouse.test_browser import CHROMIUM, QUIET
from tests.serving import ROOT, Gateway, gateway

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here: install Debian's package to run the browser tests"
)

ECHO = '[providers.echo]\nkind = "echo"\nauth = "none"\ndefault_model = "echo"\n'
ANA = {
    "username": "ana",
    "password": make_password("for-this-test"),
    "is_superuser": True,
    "is_staff": True,
    "is_active": True,
    **dict.fromkeys(("first_name", "last_name", "email"), ""),
    "date_joined": "now",
}
PATIENCE = 15_000  # milliseconds: on a busy machine a worker may take seconds to begin


@contextmanager
def worker(served: Gateway) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=served.env)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def served(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("tour")
    with django_db_blocker.unblock(), gateway(folder, ECHO) as made, worker(made):
        names, marks = ", ".join(ANA), ", ".join(["%s"] * len(ANA))
        made.rows(f"INSERT INTO auth_user ({names}) VALUES ({marks})", *ANA.values())
        yield made


@pytest.fixture
def page(served: Gateway) -> Iterator[Page]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        opened = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{served.url}/admin/")
        opened.fill("[name=username]", "ana")
        opened.fill("[name=password]", "for-this-test")
        opened.press("[name=password]", "Enter")
        yield opened
        browser.close()


class Tour:
    """What the operator does, by the words on the pages."""

    def __init__(self, served: Gateway, page: Page, folder: Path) -> None:
        self.served, self.page, self.folder = served, page, folder
        self.shots = 0
        self.trouble: list[str] = []
        page.on("response", self.look)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))

    def look(self, response: Response) -> None:
        if response.status > 399:
            self.trouble.append(f"{response.status} {response.url}")

    def shoot(self, name: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 1280, f"{name} is {wide} pixels wide"
        self.shots += 1
        self.page.screenshot(path=self.folder / f"{self.shots:02}-{name}.png", full_page=True)

    def open(self) -> None:
        """The profile's page, by the side bar and the list."""
        self.page.get_by_text("Execution", exact=True).click()
        self.page.get_by_role("link", name="tour", exact=True).click()

    def save(self, **typed: str) -> None:
        for field, text in typed.items():
            self.page.fill(f"[name={field}]", text)
        self.page.get_by_role("button", name="Save", exact=True).click()

    def activated(self, shot: str) -> None:
        """The activation's page follows it to its end by itself."""
        ended = self.page.locator("#run-title", has_text="succeeded")
        expect(ended).to_be_visible(timeout=PATIENCE)
        expect(self.page.get_by_text("live now", exact=True)).to_be_visible()
        self.shoot(shot)

    def chat(self) -> tuple[str, str]:
        """What a call that names the profile gets: who served it, and the answer."""
        body = {"profile": "tour", "messages": [{"role": "user", "content": "one two three"}]}
        with self.served.client() as client:
            response = client.post("/v1/chat", json=body)
        assert response.status_code == 200, response.text
        answer: str = response.json()["choices"][0]["message"]["content"]
        return response.headers["x-lakehouse-profile"], answer

    def chats(self, profile: str, answer: str) -> None:
        """Soon: other processes hear of an activation within a second."""
        self.served.eventually(lambda: self.chat() == (profile, answer))


def test_a_first_time_operator_does_it_all_from_the_admin(
    served: Gateway, page: Page, tmp_path: Path
) -> None:
    tour = Tour(served, page, tmp_path)
    page.get_by_text("Execution", exact=True).click()
    page.get_by_title("Add execution profile").click()
    page.select_option("[name=provider]", label="echo")
    tour.save(name="tour", description="Says back what it is told.")
    expect(page.get_by_text("Saved as revision 1. No call gets it yet")).to_be_visible()
    tour.shoot("saved")

    page.get_by_role("button", name="Activate revision 1").click()
    tour.activated("activated")
    tour.chats("tour@1", "one two three")

    tour.open()
    tour.save(max_output_tokens="2")
    expect(page.get_by_text("Traffic still gets revision 1")).to_be_visible()
    expect(page.get_by_role("link", name="1 change not live.")).to_be_visible()
    tour.shoot("edited")
    assert tour.chat() == ("tour@1", "one two three")

    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("Max output tokens"))).to_contain_text("2")
    tour.shoot("compared")
    page.get_by_role("button", name="Activate revision 2").click()
    tour.activated("activated-again")
    tour.chats("tour@2", "one two")

    page.get_by_role("button", name="Roll back to tour@1").click()
    tour.activated("rolled-back")
    tour.chats("tour@1", "one two three")

    page.get_by_text("Activations", exact=True).first.click()
    expect(page.locator("#result_list")).to_contain_text("tour@2")
    tour.shoot("history")
    assert tour.trouble == []
