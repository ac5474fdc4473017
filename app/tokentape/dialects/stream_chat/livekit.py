"""LiveKit beside the rooms: tokens to join one, and its runs as data packets.

A run is published by a cursor of its own: whatever LiveKit does, no chunk waits for it.
https://docs.livekit.io/home/client/data/packets/
"""

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from tokentape.access.limits import Caller
from tokentape.access.users import Users
from tokentape.dialects.stream_chat import wire
from tokentape.errors import CallerFault, OurFault
from tokentape.metrics import Metrics
from tokentape.runs.tape import Label
from tokentape.settings import Settings
from tokentape.turns import View
from tokentape.viewers.rendering import Rendering, WireEvent, encoded

if TYPE_CHECKING:
    from livekit.api import LiveKitAPI

log = logging.getLogger("tokentape.livekit")

PACKET_MAX_BYTES = 15_000
"""What LiveKit carries reliably; what is larger leaves `fullResponse` out."""
BEHIND_MAX = 2_000
"""Events that LiveKit may be behind the run."""
PUBLISHERS_MAX = 200
"""Runs that are published at once; more are not."""
TIMEOUT_S = 5.0
ATTEMPTS = 3
PAUSE_S = 0.2
AT_ONCE = 64
IDLE_S = 3_600.0
TOKEN_TTL = timedelta(hours=1)
NOT_CARRIED = "not_found"

Packet = tuple[str, bytes]
"""Topic and data."""


class GaveUp(Exception):
    """LiveKit is not told the rest. `reason` is the metric's label; None: it has no such room."""

    def __init__(self, reason: str | None) -> None:
        self.reason = reason
        super().__init__(reason)


def packet(event: WireEvent, _label: Label, _seq: int) -> Packet:
    """Topic and data of a packet; without the repetition where that makes it too long."""
    payload = event.payload
    data = orjson.dumps(payload)
    if len(data) > PACKET_MAX_BYTES:
        data = orjson.dumps({key: payload[key] for key in payload if key != "fullResponse"})
    return event.name or "", data


PACKETS = encoded(wire.run, packet)


class LiveKit:
    """Tokens for LiveKit's rooms, and runs told in them; does neither unless it is configured."""

    def __init__(self, settings: Settings, metrics: Metrics, users: Users) -> None:
        self._users = users
        secret = settings.livekit_api_secret
        self._url = settings.livekit_url or ""
        self._key = settings.livekit_api_key or ""
        self._secret = secret.get_secret_value() if secret else ""
        given = {
            "LIVEKIT_URL": self._url,
            "LIVEKIT_API_KEY": self._key,
            "LIVEKIT_API_SECRET": self._secret,
        }
        self.missing = tuple(name for name, value in given.items() if not value)
        self._metrics = metrics
        self._publishing: set[asyncio.Task[None]] = set()

    def token(self, caller: Caller, room: str, participant: str) -> dict[str, str]:
        """A token that lets somebody join that room, and nothing else. Who is signed in is known to
        LiveKit by their `sub`, and by the attribute `signedIn`; others by the name that they give.

        Raises `OurFault` (501) where LiveKit is not configured, UNAUTHORIZED for the name of
        somebody who signs in.
        """
        if self.missing:
            raise OurFault(
                "NOT_FOUND",
                f"There is no LiveKit here: {', '.join(self.missing)} must be set.",
                status=501,
            )
        if caller.owner is None and self._users.knows(participant):
            raise CallerFault(
                "UNAUTHORIZED",
                f"`participantName`: `{participant}` is somebody who signs in; sign in too",
                field="participantName",
            )
        from livekit.api import AccessToken, VideoGrants  # heavy: only where it is used

        token = (
            AccessToken(self._key, self._secret)
            .with_identity(caller.owner or participant)
            .with_name(participant)
            .with_attributes({"signedIn": "true"} if caller.owner else {})
            .with_grants(VideoGrants(room_join=True, room=room))
            .with_ttl(TOKEN_TTL)
        )
        return {"token": token.to_jwt(), "url": self._url}

    def publish(self, room: str, view: View) -> None:
        """Tell LiveKit's room of that name the run, if LiveKit has one. Never waits."""
        if self.missing:
            return
        if len(self._publishing) >= PUBLISHERS_MAX:
            self._metrics.livekit_failures.labels("busy").inc()
            return
        task = asyncio.create_task(self._publish(room, view))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def _publish(self, room: str, view: View) -> None:
        from aiohttp import ClientTimeout
        from livekit.api import LiveKitAPI

        run_id = view.tape.label.run_id
        timeout = ClientTimeout(total=TIMEOUT_S)
        try:
            async with LiveKitAPI(
                self._url, self._key, self._secret, timeout=timeout, failover=False
            ) as api:
                await self._follow(api, room, view)
        except GaveUp as gave_up:
            if gave_up.reason:
                self._metrics.livekit_failures.labels(gave_up.reason).inc()
                log.warning("run %s is not published further: %s", run_id, gave_up.reason)
        except Exception:  # the outermost edge: nothing of it may reach the run
            self._metrics.livekit_failures.labels("broken").inc()
            log.exception("run %s is not published further", run_id)

    async def _follow(self, api: "LiveKitAPI", room: str, view: View) -> None:
        """Raises `GaveUp`."""
        rendering = Rendering(view.tape, PACKETS, lambda one: len(one[1]), single=True)
        cursor, viewing = rendering.cursor(-1), False
        try:
            while not cursor.at_end:
                for number, one in enumerate(await cursor.next(AT_ONCE, IDLE_S)):
                    if await view.tape.length() - cursor.seq > BEHIND_MAX:
                        raise GaveUp("behind")
                    await _send(api, room, one, first=not viewing and number == 0)
                    if not viewing and view.run:
                        # From now on somebody looks, if only there.
                        viewing = True
                        view.run.viewer_came()
        finally:
            if viewing and view.run:
                view.run.viewer_left()


async def _send(api: "LiveKitAPI", room: str, one: Packet, *, first: bool) -> None:
    """Raises `GaveUp` after some attempts."""
    from aiohttp import ClientError
    from livekit.api import SendDataRequest, ServerError
    from livekit.protocol.models import DataPacket

    topic, data = one
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        request = SendDataRequest(room=room, data=data, kind=DataPacket.Kind.RELIABLE, topic=topic)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await api.room.send_data(request)
            return
        except ServerError as error:
            if error.code == NOT_CARRIED:
                raise GaveUp(None if first else "room closed") from None
            reason = "refused"
        except TimeoutError:
            reason = "timeout"
        except (ClientError, OSError):
            reason = "unreachable"
    raise GaveUp(reason)
