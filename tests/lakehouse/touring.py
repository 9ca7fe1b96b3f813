"""What a first-time operator does in the admin, by the words on the pages."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.serving import Gateway

WIDTH = 1280  # pixels
PATIENCE = 15_000  # milliseconds: on a busy machine a worker may take seconds to begin


class Tour:
    """Leaves a screenshot of each page in `folder`."""

    def __init__(self, served: Gateway, page: Page, folder: Path) -> None:
        self.served, self.page, self.folder = served, page, folder
        self.shots = 0

    def shoot(self, name: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WIDTH, f"{name} is {wide} pixels wide"
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
