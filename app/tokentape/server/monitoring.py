"""What operators look at: health, readiness, Prometheus metrics and the admin's statistics."""

import hmac
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from tokentape.core import Core
from tokentape.errors import CallerFault
from tokentape.timestamps import rfc3339


def mount(core: Core, api: FastAPI) -> None:
    """Add `/healthz`, `/readyz`, `/metrics` and `/admin/stats`."""

    async def healthz() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz() -> JSONResponse:
        """The store takes what is written, and no shutdown is under way."""
        ready = not core.runs.closing and await core.turns.store.ready()
        return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else 503)

    async def metrics() -> Response:
        return Response(
            generate_latest(core.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def stats(request: Request) -> JSONResponse:
        """What is counted, and each metric's value by name and labels; needs ADMIN_TOKEN as bearer
        token."""
        expected = core.settings.admin_token
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if (
            expected is None
            or scheme.lower() != "bearer"
            or not hmac.compare_digest(given.encode(), expected.get_secret_value().encode())
        ):
            raise CallerFault("UNAUTHORIZED")
        stats = {"timestamp": rfc3339(datetime.now(UTC)), **core.metrics.stats()}
        return JSONResponse({**stats, "stats": core.metrics.snapshot()})

    for path, act in (("/healthz", healthz), ("/readyz", readyz), ("/admin/stats", stats)):
        api.add_api_route(path, act, methods=["GET"], tags=["monitoring"])
    api.add_api_route("/metrics", metrics, methods=["GET"], include_in_schema=False)
