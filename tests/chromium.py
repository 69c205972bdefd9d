"""A Chromium that looks at Horizon: it logs in, goes to pages, has axe look at them, and takes pictures."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from standalone import ROOT

PATIENCE = 120
AXE = ROOT / ".cloud" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
OURS = "#custom-resources"
_FIND_FAULTS = (
    "axe.run(arguments[0]).then(found => arguments[1](found.violations), error => arguments[1]([String(error)]))"
)


@dataclass(frozen=True)
class Browser:
    """One window.

    :ivar address: Horizon's.
    """

    driver: Any
    address: str

    def log_in(self, user: str, password: str) -> None:
        self.driver.delete_all_cookies()
        self.go("/auth/login/?next=/project/custom_resources/")
        self.driver.find_element(By.NAME, "username").send_keys(user)
        self.driver.find_element(By.NAME, "password").send_keys(password)
        self.driver.find_element(By.ID, "loginBtn").click()
        self.wait_for(OURS)

    def go(self, path: str) -> None:
        self.driver.get(f"{self.address}{path}")

    def switch(self, project_id: str, path: str) -> None:
        """Go to a page as a user of a project."""
        self.go(f"/auth/switch/{project_id}/?next={path}")
        self.wait_for(OURS)

    def theme(self, name: str) -> None:
        self.driver.add_cookie({"name": "theme", "value": name, "path": "/"})
        self.driver.refresh()
        self.wait_for(OURS)

    def wait_for(self, selector: str) -> Any:
        return WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self) -> str:
        return str(self.driver.find_element(By.CSS_SELECTOR, OURS).text)

    def source(self) -> str:
        """Return our part of the page as it was sent."""
        return str(self.driver.find_element(By.CSS_SELECTOR, OURS).get_attribute("outerHTML"))

    def faults(self) -> list[str]:
        """Return what axe finds fault with in our part of the page."""
        self.driver.execute_script(AXE.read_text())
        found = self.driver.execute_async_script(_FIND_FAULTS, OURS)
        return [f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found]

    def picture(self, name: str) -> None:
        """Take a picture for the documents, where they are asked for."""
        folder = os.environ.get("HORIZON_PICTURES")
        if folder:
            _write(self.driver.get_screenshot_as_png(), Path(folder) / f"{name}.png")


def _write(png: bytes, path: Path) -> None:
    Image.open(BytesIO(png)).convert("P", palette=Image.Palette.ADAPTIVE, colors=48).save(path, optimize=True)


@contextmanager
def opened(address: str) -> Iterator[Browser]:
    """Yield a window without a screen."""
    options = webdriver.ChromeOptions()
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1400,900",
    ):
        options.add_argument(word)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_page_load_timeout(PATIENCE)
    driver.set_script_timeout(PATIENCE)
    try:
        yield Browser(driver, address)
    finally:
        driver.quit()
