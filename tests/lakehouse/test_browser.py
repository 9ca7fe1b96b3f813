"""The admin as an operator uses it, in a real browser. Skipped where there is no chromium."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.serving import Gateway, gateway, registry
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
    providers = registry({"openai_compatible": upstream}).replace('"m"', f'"{MODEL}"')
    with django_db_blocker.unblock(), gateway(folder, providers) as made:
        made.env |= {"DJANGO_SUPERUSER_PASSWORD": "for-this-test"}
        made.manage("createsuperuser", "--noinput", "--username", "ana", "--email", "a@b.example")
        yield made


@pytest.fixture(scope="module")
def page(served: Gateway) -> Iterator[Page]:
    """Signed in; a response of 400 or more, or an error of a script, fails the test."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        opened = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
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
    page.locator("input[name=_selected_action]").first.check()
    page.select_option("select[name=action]", label="Check (free calls only)")
    page.locator("button[name=index]").click()
    expect(page.get_by_text("1 checked: 1 passed")).to_be_visible()
    expect(page.locator("#result_list")).to_contain_text("passed", ignore_case=True)


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
    expect(page.get_by_text("What happened")).to_be_visible()
    expect(page.locator("body")).to_contain_text(MODEL)


def test_the_docs_page_works_without_a_network(served: Gateway, page: Page) -> None:
    page.goto(f"{served.url}/api/docs/")
    expect(page.get_by_text("/v1/chat").first).to_be_visible()
