"""A connection to NATS that waits for its server, and says promptly when the server is gone or refuses.

nats-py buffers what is published while it is disconnected, tells of refusals only to a callback, and
gives up for good after some errors. Here every request is answered or fails with one of Castlist's
errors: answers come to mailboxes, which also hear of lost connections and refused subjects.
"""

import asyncio
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import nats.errors

from castlist.adapters.nats_client import SETTINGS, CarefulClient, NatsCredentials, close_client, connect_client, trouble
from castlist.errors import AccessDenied, CastlistError, DependencyUnavailable, UsageError
from castlist.rights import inbox_prefix

log = logging.getLogger("castlist.nats")

_REFUSED_SUBJECT = re.compile(r'permissions violation for publish to "([^"]+)"')
_POLL_S = 0.05
_DRAIN_S = 1.0
_PING_S = 3.0


class BrokerRefusal(DependencyUnavailable):
    """JetStream answered with an error. Unless its code is expected, that is as good as no answer."""

    def __init__(self, subject: str, error: dict[str, Any]) -> None:
        super().__init__(f"the broker refused {subject}: {error.get('description', '')} ({error.get('err_code', error.get('code'))})")
        self.code: int = error.get("err_code", 0)
        self.description: str = error.get("description", "")


class Mailbox:
    """Answers to what was sent to one subject, in order. `complete` once no more of them can come."""

    def __init__(self, subject: str, inbox: str) -> None:
        self.subject = subject
        self.inbox = inbox
        self.complete = False
        self._items: asyncio.Queue[Any] = asyncio.Queue()

    def put(self, item: Any) -> None:
        """Deliver a message, or an error to raise in its place."""
        self._items.put_nowait(item)

    async def receive(self, message: Any) -> None:
        self.put(message)

    async def next(self, timeout_s: float) -> Any:
        """The next message. Raises `DependencyUnavailable` if none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                item = await self._items.get()
        except TimeoutError:
            raise DependencyUnavailable(f"the broker did not answer {self.subject} within {timeout_s:g} s") from None
        if isinstance(item, CastlistError):
            raise item
        return item

    def rest(self) -> list[Any]:
        """Messages that nobody read."""
        items = [self._items.get_nowait() for _ in range(self._items.qsize())]
        return [item for item in items if not isinstance(item, CastlistError)]


class NatsConnection:
    """One client, its inbox and its mailboxes. For one event loop."""

    def __init__(self, url: str, credentials: NatsCredentials, name: str, timeout_s: float) -> None:
        self._servers = [part.strip() for part in url.split(",")]
        self._place = ", ".join(server.rpartition("@")[2] for server in self._servers)
        self._options = SETTINGS | credentials.options() | {"name": name}
        self._timeout_s = timeout_s
        self._client: Any = None
        self._opening = asyncio.Lock()
        self._is_opening = False
        self._inbox = f"{inbox_prefix(credentials.user or _user_in(self._servers[0]))}.{secrets.token_hex(11)}"
        self._boxes: dict[str, Mailbox] = {}
        self._answers: dict[str, Callable[[Any], Awaitable[None]]] = {}
        self._requests = 0
        self._trouble: CastlistError | None = None
        self.closed = False

    async def ready(self, timeout_s: float | None = None) -> Any:
        """The connected client. Raises `DependencyUnavailable` or `AccessDenied` if there is none in time."""
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s):
                while not self.closed:
                    if self._client is None or self._client.is_closed:
                        await self._open()
                    if self._client.is_connected:
                        return self._client
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise self._trouble or DependencyUnavailable(f"no broker answers at {self._place}") from None
        raise DependencyUnavailable("the connection to the broker was closed")

    async def publish(
        self,
        subject: str,
        payload: bytes,
        *,
        reply: str = "",
        headers: dict[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Send a message, within `timeout_s`. Whoever needs to know that it arrived reads a mailbox."""
        client = await self.ready(timeout_s)
        if len(payload) > client.max_payload:
            limit = client.max_payload
            raise UsageError(f"{len(payload)} bytes on {subject}: a message holds at most {limit}; store an object instead")
        with self._as_unavailable():
            await client.publish(subject, payload, reply=reply, headers=headers)

    async def request(self, subject: str, payload: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        """Send a message and return its answer."""
        self._requests += 1
        with self._open_box(Mailbox(subject, f"{self._inbox}.{self._requests}")) as box:
            await self.publish(subject, payload, reply=box.inbox, headers=headers)
            message = await box.next(self._timeout_s)
        if status_of(message) == 503:
            raise DependencyUnavailable(f"nothing answers {subject}: the streams do not exist yet, or the broker has no JetStream")
        return message

    async def ask(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Send a message that JetStream answers with JSON. Raises `BrokerRefusal` when the answer is an error."""
        answer: dict[str, Any] = json.loads((await self.request(subject, payload, headers)).data)
        if "error" in answer:
            raise BrokerRefusal(subject, answer["error"])
        return answer

    async def api(self, verb: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call JetStream's API: `STREAM.INFO.EVENTS` and the like."""
        return await self.ask(f"$JS.API.{verb}", b"" if document is None else json.dumps(document).encode())

    async def ping(self) -> None:
        """Return when the server has answered. Raises `DependencyUnavailable` if it does not within seconds."""
        client = await self.ready(_PING_S)
        with self._as_unavailable():
            await client.flush(timeout=_PING_S)

    @asynccontextmanager
    async def mailbox(self, subject: str, timeout_s: float | None = None) -> AsyncIterator[Mailbox]:
        """A mailbox for deliveries that are asked for on a subject. What nobody reads is handed back."""
        client = await self.ready(timeout_s)
        with self._open_box(Mailbox(subject, f"{self._inbox}-{secrets.token_hex(8)}")) as box:
            with self._as_unavailable():
                subscription = await client.subscribe(box.inbox, cb=box.receive)
            try:
                yield box
            finally:
                with suppress(nats.errors.Error, OSError, TimeoutError):
                    await self._end(subscription, box)

    @asynccontextmanager
    async def answering(self, subject: str, say: Callable[[], bytes]) -> AsyncIterator[None]:
        """Answer everyone who asks on a subject, also after the connection was lost and made again; once a subject."""

        async def answer(message: Any) -> None:
            if message.reply and self._answers.get(subject) is answer:
                with suppress(nats.errors.Error, OSError):
                    await message.respond(say())

        self._answers[subject] = answer
        if self._client is not None and not self._client.is_closed:
            await self._client.subscribe(subject, cb=answer)
        try:
            yield
        finally:
            del self._answers[subject]

    @contextmanager
    def _open_box(self, box: Mailbox) -> Iterator[Mailbox]:
        self._boxes[box.inbox] = box
        try:
            yield box
        finally:
            del self._boxes[box.inbox]

    async def _end(self, subscription: Any, box: Mailbox) -> None:
        if box.complete or not self._client.is_connected:
            await subscription.unsubscribe()
            return
        async with asyncio.timeout(_DRAIN_S):
            await subscription.drain()  # what is under way still arrives
        for message in box.rest():
            if message.reply.startswith("$JS.ACK."):
                await self._client.publish(message.reply, b"-NAK")

    async def close(self) -> None:
        self.closed = True
        self._tell_all(DependencyUnavailable("the connection to the broker was closed"))
        if self._client is not None:
            with suppress(nats.errors.Error, OSError, TimeoutError):
                if self._client.is_connected:
                    await self._client.flush(timeout=1)
            await close_client(self._client)

    async def _open(self) -> None:
        async with self._opening:
            if self.closed or (self._client is not None and not self._client.is_closed):
                return
            client = CarefulClient()
            self._trouble, self._is_opening = None, True
            try:
                await self._connect(client)
            except UsageError:
                raise
            except BaseException:
                await close_client(client)
                raise
            finally:
                self._is_opening = False
            self._client = client

    async def _connect(self, client: Any) -> None:
        callbacks = {"error_cb": self._on_error, "disconnected_cb": self._on_disconnected, "reconnected_cb": self._on_reconnected}
        try:
            await connect_client(client, self._servers, callbacks | self._options)
        except nats.errors.Error as error:  # failed attempts are repeated: this is about the address
            raise UsageError(f"broker address {self._place!r}: {error}") from error
        self._trouble = None
        await client.subscribe(f"{self._inbox}.*", cb=self._on_answer)
        for subject, answer in self._answers.items():
            await client.subscribe(subject, cb=answer)
        for _ in range(2):  # the first may overtake a subscription, which would then be refused unnoticed
            await client.flush()
        if self._trouble is not None:
            raise self._trouble

    @contextmanager
    def _as_unavailable(self) -> Iterator[None]:
        try:
            yield
        except (nats.errors.Error, OSError) as error:
            raise DependencyUnavailable(f"the broker at {self._place} could not be reached: {error}") from error

    async def _on_answer(self, message: Any) -> None:
        box = self._boxes.get(message.subject)
        if box is not None:
            box.put(message)

    async def _on_error(self, error: Exception) -> None:
        text = str(error).lower()
        refused = _REFUSED_SUBJECT.search(text)
        if refused:
            log.error("the broker refuses this user: %s", error)
            for box in self._boxes.values():
                if box.subject.lower() == refused[1]:
                    box.put(AccessDenied(f"the broker at {self._place} does not let this user publish to {box.subject}"))
        elif "permissions violation" in text:
            log.error("the broker refuses this user: %s", error)
            self._trouble = AccessDenied(f"the broker at {self._place} does not let this user read its answers: {error}")
            self._tell_all(self._trouble)
        else:
            self._trouble = trouble(error, self._place)
            denied = isinstance(self._trouble, AccessDenied)
            log.log(logging.ERROR if denied else logging.DEBUG, "%s", self._trouble)
            if denied and self._is_opening:
                raise self._trouble  # ends the connection attempts, which nobody else would do

    async def _on_disconnected(self) -> None:
        if not self.closed:
            log.warning("lost the broker at %s", self._place)
        self._tell_all(DependencyUnavailable(f"the connection to the broker at {self._place} was lost"))

    async def _on_reconnected(self) -> None:
        log.info("the broker at %s is back", self._place)
        self._trouble = None

    def _tell_all(self, error: CastlistError) -> None:
        for box in self._boxes.values():
            box.put(error)


def _user_in(address: str) -> str:
    """User name of `nats://user:password@host`, or nothing."""
    return address.rpartition("//")[2].rpartition("@")[0].partition(":")[0]


def status_of(message: Any) -> int | None:
    """Status code of a message that JetStream sends about a request, None for any other message."""
    status = (message.headers or {}).get("Status")
    return None if status is None or message.data else int(status)
