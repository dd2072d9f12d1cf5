"""A real Chromium for the tests, fetched once: the build for bare servers that npm holds.

It needs nothing of the system but the C library, so that it runs where no browser was installed.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import sys
import tarfile
from base64 import b64decode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import requests
from filelock import FileLock
from playwright.sync_api import sync_playwright
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.backing import not_to_be_had

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

VERSION = "147.0.0"
_ADDRESS = f"https://registry.npmjs.org/@sparticuz/chromium/-/chromium-{VERSION}.tgz"
_SHA512 = "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="

_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


def fetch_chromium() -> Path:
    """The folder with the browser, inside the virtual environment. Skips the test where it can't be had."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        not_to_be_had("the tests' browser is for Linux on x86-64")
    folder = Path(sys.prefix, "chromium", VERSION)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not (folder / ".complete").exists():
            _unpack(_download(), folder)
    return folder


def _download() -> bytes:
    again = Retry(total=5, backoff_factor=1, status_forcelist=[429, 500, 502, 503, 504])
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=again))
        try:
            answer = session.get(_ADDRESS, timeout=120)
            answer.raise_for_status()
        except requests.RequestException as error:
            not_to_be_had(f"the tests' browser could not be fetched: {error}")
        return answer.content


def _unpack(packed: bytes, folder: Path) -> None:
    if hashlib.sha512(packed).digest() != b64decode(_SHA512):
        raise AssertionError(f"{_ADDRESS} is not the file that it was; nothing of it was used")
    with tarfile.open(fileobj=io.BytesIO(packed)) as package:
        for name in ("chromium", "al2023.tar", "fonts.tar"):
            member = package.extractfile(f"package/bin/{name}.br")
            assert member is not None
            content = brotli.decompress(member.read())
            if name.endswith(".tar"):
                with tarfile.open(fileobj=io.BytesIO(content)) as inner:
                    inner.extractall(folder, filter="data")
            else:
                (folder / name).write_bytes(content)
    (folder / "chromium").chmod(0o755)
    # Without a font this build of the browser ends itself.
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder))
    (folder / ".complete").touch()


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """The browser, started."""
    folder = fetch_chromium()
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_PATH": str(folder)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=folder / "chromium", args=["--disable-gpu"], env=environment
        )
        yield browser
        browser.close()
