"""The pages served on loopback, a real Chromium, and what every browser test asks of a page."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fastapi
import pytest
import uvicorn

from hypomag.serve.page import router
from hypomag.serve.page.population import Population

CHROMIUM = os.environ.get("HYPOMAG_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
CASES = ("ppi_severe", "low_in_words", "child_in_range", "high_on_laxative", "gitelman")


def application(folder: Path | None = None) -> fastapi.FastAPI:
    """The routes alone, without who may come in."""

    def let_in(request: fastapi.Request) -> None:
        request.state.population = Population(folder) if folder else None

    app = fastapi.FastAPI()
    app.include_router(router, dependencies=[fastapi.Depends(let_in)])
    return app


@contextmanager
def served(app: fastapi.FastAPI) -> Iterator[str]:
    """The address under which the application answers meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium here: set HYPOMAG_CHROMIUM to its path"
)
