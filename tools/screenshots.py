"""make screenshots: the pictures of the pages in docs/pictures, from the running stack."""

import os

from tools import chromium
from tools.local_shop import ROOT

PICTURES = ROOT / "docs/pictures"
SHOP = f"http://localhost:{os.environ.get('FRONTEND_PORT', '3001')}"
#: Path on the shop, by the name of the picture.
PAGES = {"shop": "/us"}
SIZE = {"width": 1440, "height": 900}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with chromium.running() as browser:
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        for name, path in PAGES.items():
            page.goto(SHOP + path, wait_until="networkidle")
            page.screenshot(path=PICTURES / f"{name}.png")
            print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    main()
