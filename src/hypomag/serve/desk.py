"""What one worker holds: settings, the door, the shared state, the audit, the counts, and the one thread that answers.

Answering is arithmetic: one answering thread a worker, one worker a core. The event loop stays free to turn away what is too
much and to say that it lives.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from hypomag import __version__, knowledge
from hypomag.assess import assess, bedside
from hypomag.record import Record
from hypomag.serve import outward
from hypomag.serve.audit import Audit
from hypomag.serve.counts import Counts
from hypomag.serve.log import Log
from hypomag.serve.question import Question
from hypomag.serve.refusal import Refusal
from hypomag.serve.settings import Client, Settings
from hypomag.serve.state import State
from hypomag.serve.tokens import Caller, Door, Stranger

T = TypeVar("T")
FORGET_EVERY = 600  # seconds


class Desk:
    """Everything a route needs. `ready` is true from when rules and knowledge are loaded until the stop begins."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        folder = Path(settings.folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.door = Door(settings.clients)
        self.state = State(folder / "state.sqlite")
        self.audit = Audit(folder, settings.audit_to_disk)
        self.counts, self.log = Counts(), Log()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="answer")
        self.versions = {"program": __version__, "knowledge": knowledge.load().version}
        self.interrupt: Callable[[], None] = lambda: None
        self.waiting, self.ready, self._now, self._forgot = 0, False, now, 0

    def now(self) -> int:
        return int(self._now())

    async def start(self) -> None:
        await asyncio.wrap_future(self.thread.submit(self._warm))
        self.ready = True

    def _warm(self) -> None:
        """Load rules, knowledge and words by one answer about nobody, so that the first caller does not wait."""
        nobody = Record()
        nobody.add("patients", "nobody", id="nobody")
        assess(nobody, as_of=self.now(), profile=self.settings.profile or None, scheme=self.settings.scheme)
        self.interrupt = bedside().db.interrupt
        gc.collect()
        gc.freeze()  # what is loaded stays: the collector need not walk through it again and again

    async def stop(self) -> None:
        """Not ready any more; what was begun is finished."""
        self.ready = False
        await asyncio.to_thread(self.thread.shutdown, True)
        self.audit.close()

    async def do(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run work in the answering thread. Raises Refusal 503 where too much waits or it takes too long."""
        if self.waiting >= self.settings.limits.waiting:
            raise Refusal(503, "Too many requests wait; try again.", retry_after=1)
        self.waiting += 1
        loop, future = asyncio.get_running_loop(), self.thread.submit(work, *arguments)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        result = asyncio.wrap_future(future)
        try:
            return await asyncio.wait_for(asyncio.shield(result), self.settings.limits.seconds)
        except TimeoutError:
            result.add_done_callback(lambda late: late.cancelled() or late.exception())  # nobody else looks at it
            if not future.cancel():
                self.interrupt()  # it is running, and it is the only one that does
            raise Refusal(503, "It took too long; try again with less.", retry_after=1) from None

    def _done(self) -> None:
        self.waiting -= 1

    def caller(self, authorization: str | None, path: str, open_without: bool = False) -> Caller | None:
        """Who calls. A token that is sent is always checked; None where none is needed. Raises Refusal 401."""
        if authorization is None and (open_without or self.settings.dev):
            return None
        try:
            return self.door.let_in(authorization, self.settings.base_url + path, self.now(), self._fresh)
        except Stranger as stranger:
            self.counts.add("hypomag_refused_tokens_total", reason=str(stranger))
            self.log.line("refused", path=path, reason=str(stranger))
            raise Refusal(401) from None

    def _fresh(self, issuer: str, jti: str, until: int) -> bool:
        now = self.now()
        if now - self._forgot > FORGET_EVERY:
            self._forgot = now
            self.state.forget(now)
        return self.state.fresh(issuer, jti, until)

    def write_down(self, caller: Caller | None, what: str, came: bytes, went: bytes, **more: Any) -> None:
        """The audit line of an answer. Raises Refusal 503 where it cannot be kept: no audit, no answer."""
        line = {
            "at": self.now(),
            "who": caller.client.name if caller else "",
            "tenant": caller.tenant if caller else "",
            "what": what,
            **self.versions,
            "came": hashlib.sha256(came).hexdigest(),
            "went": hashlib.sha256(went).hexdigest(),
            **more,
        }
        try:
            self.audit.add(line)
        except OSError:
            self.log.line("audit cannot be written")
            raise Refusal(503, "The audit cannot be written, so nothing is answered.", retry_after=30) from None

    def read_back(self, asked: Question, client: Client) -> None:
        """Read what the prefetch lacks, where the client's settings allow it; a closed address is logged and not read."""
        try:
            read = outward.complete(asked, client, self.settings.limits, ca=self.settings.ca)
        except outward.Closed as closed:
            self.log.line("not read back", client=client.name, reason=str(closed))
            self.counts.add("hypomag_read_back_refused_total", reason=str(closed))
        else:
            self.counts.add("hypomag_read_back_total", len(read))

    def hidden(self, text: str) -> str:
        """A keyed hash of an id, so that the audit names nobody and still tells who is the same."""
        return hmac.new(self.state.secret, text.encode(), hashlib.sha256).hexdigest()[:32] if text else ""
