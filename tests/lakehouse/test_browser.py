"""The admin as an operator uses it, in a real browser. Skipped where there is no chromium.

A screenshot of each page of the tour is left in pytest's folder for that test.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.lakehouse.touring import PATIENCE, WIDTH, Tour
from tests.serving import ROOT, Gateway, gateway, registry
from tests.upstreams.openai import MODEL, OpenAIServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ECHO = '[providers.echo]\nkind = "echo"\nauth = "none"\ndefault_model = "echo"\n'
ANA = {
    "username": "ana",
    "is_superuser": True,
    "is_staff": True,
    "is_active": True,
    **dict.fromkeys(("first_name", "last_name", "email"), ""),
    "date_joined": "now",
}
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here: install Debian's package to run the browser tests"
)


@pytest.fixture(scope="module")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(
    upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("browser")
    providers = registry({"openai_compatible": upstream}, ECHO).replace('"m"', f'"{MODEL}"')
    with django_db_blocker.unblock(), gateway(folder, providers) as made:
        ana = ANA | {"password": make_password("for-this-test")}
        names, marks = ", ".join(ana), ", ".join(["%s"] * len(ana))
        made.rows(f"INSERT INTO auth_user ({names}) VALUES ({marks})", *ana.values())
        yield made


@pytest.fixture
def worker(served: Gateway) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=served.env)
    yield
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def page(served: Gateway) -> Iterator[Page]:
    """Signed in; a response of 400 or more, or an error of a script, fails the test."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        opened = browser.new_context(viewport={"width": WIDTH, "height": 900}).new_page()
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{served.url}/admin/")
        opened.fill("[name=username]", "ana")
        opened.fill("[name=password]", "for-this-test")
        opened.press("[name=password]", "Enter")
        expect(opened.get_by_role("link", name="Providers").first).to_be_visible()
        yield opened
        browser.close()


@pytest.fixture(autouse=True)
def no_trouble(page: Page) -> Iterator[None]:
    trouble: list[str] = []
    page.on("response", lambda r: trouble.append(f"{r.status} {r.url}") if r.status > 399 else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield
    assert trouble == []


def test_a_provider_is_checked_from_the_list(served: Gateway, page: Page) -> None:
    page.goto(f"{served.url}/admin/providers/provider/")
    row = page.locator("#result_list tr", has_text="openai_compatible")
    row.locator("input[name=_selected_action]").check()
    page.select_option("select[name=action]", label="Check (free calls only)")
    page.locator("button[name=index]").click()
    expect(page.get_by_text("1 checked: 1 passed")).to_be_visible()
    expect(row).to_contain_text("passed", ignore_case=True)


def test_a_provider_is_added_and_named_in_a_chat(
    served: Gateway, page: Page, upstream: OpenAIServer
) -> None:
    page.goto(f"{served.url}/admin/providers/provider/add/")
    page.fill("[name=name]", "second")
    page.select_option("[name=kind]", "echo")
    page.locator("button[name=_save]").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert served.eventually(lambda: served.chat("second", "hi there").status_code == 200)


def test_a_wrong_field_is_named_beside_it(served: Gateway, page: Page) -> None:
    page.goto(f"{served.url}/admin/gateway/apikey/add/")
    page.fill("[name=label]", "search")
    page.fill("[name=owner]", "ana")
    page.fill("[name=allowed_providers]", "nobody")
    page.locator("button[name=_save]").click()
    expect(page.get_by_text("No provider is named nobody.")).to_be_visible()


def test_a_key_made_in_the_admin_works_and_stops_when_revoked(served: Gateway, page: Page) -> None:
    page.goto(f"{served.url}/admin/gateway/apikey/add/")
    page.fill("[name=label]", "for the browser")
    page.fill("[name=owner]", "ana")
    page.locator("button[name=_save]").click()
    token = page.locator("code", has_text=re.compile("lh_")).inner_text()
    with served.client(token) as client:
        assert served.eventually(lambda: client.get("/v1/models").status_code == 200)
        page.locator("input[name=_selected_action]").first.check()
        page.select_option("select[name=action]", label="Revoke for good")
        page.locator("button[name=index]").click()
        expect(page.get_by_text("1 of 1 keys revoked.")).to_be_visible()
        assert client.get("/v1/models").status_code == 401


def test_a_call_is_found_by_the_id_its_client_got(served: Gateway, page: Page) -> None:
    call_id = served.chat(f"openai_compatible/{MODEL}").headers["x-request-id"]
    served.call(call_id)
    page.goto(f"{served.url}/admin/gateway/call/?q={call_id}")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_text("Who asked for what")).to_be_visible()
    expect(page.locator("body")).to_contain_text(MODEL)


def test_the_page_now_renews_itself_and_says_when_it_cannot(
    served: Gateway, page: Page, tmp_path: Path
) -> None:
    tour = Tour(served, page, tmp_path)
    page.get_by_text("Now", exact=True).first.click()
    call_id = served.chat(f"openai_compatible/{MODEL}").headers["x-request-id"]
    expect(page.locator(f"#call-{call_id}")).to_be_visible()
    tour.shoot("now")
    page.route("**/now/facts/", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("the server does not answer")
    page.unroute("**/now/facts/")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.locator(f"#call-{call_id}").press("Enter")
    expect(page.get_by_text("Who asked for what")).to_be_visible()


def test_the_docs_page_works_without_a_network(served: Gateway, page: Page) -> None:
    page.goto(f"{served.url}/api/docs/")
    page.get_by_role("button", name="Expand operation").last.wait_for()
    page.locator("#operations-tag-gateway").click()
    expect(page.get_by_role("link", name="/v1/chat", exact=True)).to_be_visible()


def test_a_first_time_operator_does_it_all_from_the_admin(
    served: Gateway, page: Page, worker: None, tmp_path: Path
) -> None:
    tour = Tour(served, page, tmp_path)
    page.goto(f"{served.url}/admin/")
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
