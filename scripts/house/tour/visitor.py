"""A visitor who clicks through Home Assistant's user interface."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from PIL import Image
from playwright.async_api import async_playwright

from house.processes import ProgramError
from house.screen import faint, line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from house.api import HomeAssistantApi

CHROMIUM: Final = "/usr/bin/chromium"
_WIDTH: Final = 1280
_HEIGHT: Final = 800
_SCALE: Final = 1.5
_LIMIT_MS: Final = 20_000
_SETTLE_MS: Final = 1_500
_MAX_BYTES: Final = 150_000
_QUALITIES: Final = (90, 80, 70, 60)
_TRIES: Final = 3
_NEVER: Final = 9_999_999_999_999
_FLOW: Final = "dialog-data-entry-flow"


class Visitor:
    """A signed-in browser page."""

    def __init__(self, page: Any, url: str, folder: Path) -> None:
        """Save screenshots to this folder."""
        self.page = page
        self._url = url
        self._folder = folder

    async def open(self, path: str) -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(f"{self._url}{path}")

    async def press(self, name: str) -> None:
        """Press the first button with this name."""
        await self.page.get_by_role("button", name=name, exact=True).first.click()

    async def choose(self, text: str) -> None:
        """Click the first element with this text."""
        await self.page.get_by_text(text).first.click()

    async def search(self, text: str) -> None:
        """Type into the search field that has just opened."""
        await self.page.wait_for_timeout(_SETTLE_MS)
        await self.page.keyboard.type(text)
        await self.page.wait_for_timeout(_SETTLE_MS)

    async def add_found(self, secret: str, picture: str = "") -> None:
        """Add the first discovered device."""
        await self.press("Add")
        field = self.page.locator(f"{_FLOW} input").first
        await field.wait_for()
        if picture:
            await self.picture(picture)
        await field.fill(secret)
        await self.press("Submit")

    async def see(self, text: str) -> None:
        """Wait until a text is visible."""
        await self.page.get_by_text(text).first.wait_for()

    async def see_or_retry(self, text: str) -> None:
        """Wait until a text is visible; retry, and skip the steps before it.

        Home Assistant's satellite wizard sometimes runs two checks at once, and
        then uses the result of the one that was refused.
        """
        wanted = self.page.get_by_text(text)
        for _ in range(_TRIES):
            again = self.page.get_by_role("button", name="Retry")
            other = again.or_(self.page.get_by_role("button", name="Skip"))
            await wanted.or_(other).first.wait_for()
            if not await wanted.count() and await other.count():
                await other.first.click()
                await self.page.wait_for_timeout(_SETTLE_MS)
        await wanted.first.wait_for()

    async def picture(self, name: str, height: int = _HEIGHT) -> None:
        """Take a screenshot of the page and save it."""
        await self.page.set_viewport_size({"width": _WIDTH, "height": height})
        await self.page.wait_for_timeout(_SETTLE_MS)
        data = small(await self.page.screenshot())
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.webp"
        path.write_bytes(data)
        line(f"  ▣ {path.name:<32} {faint(f'{len(data) / 1000:.0f} kB')}")


@asynccontextmanager
async def visiting(
    api: HomeAssistantApi, folder: Path, language: str = "en"
) -> AsyncIterator[Visitor]:
    """Open a browser that is signed in, in this language."""
    tokens = json.dumps({**api.tokens, "expires": _NEVER})
    stored = {"hassTokens": tokens, "selectedLanguage": json.dumps(language)}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = await browser.new_context(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_SCALE,
            reduced_motion="reduce",
            locale=language,
        )
        context.set_default_timeout(_LIMIT_MS)
        for key, value in stored.items():
            pair = f"{json.dumps(key)}, {json.dumps(value)}"
            await context.add_init_script(f"localStorage.setItem({pair});")
        yield Visitor(await context.new_page(), api.url, folder)
        await browser.close()


def small(png: bytes) -> bytes:
    """Return a screenshot as WebP, small enough for documentation."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= _MAX_BYTES:
            return file.getvalue()
    raise ProgramError(f"a screenshot has more than {_MAX_BYTES} bytes")
