"""What machines ask: is it alive, can it take deliveries, and how much has it counted."""

from aiohttp import web

from bot import metrics
from bot.errors import StoreUnavailable
from bot.store import Store


def add_health(app: web.Application, store: Store) -> None:
    """Mounts `/health/live`, `/health/ready` (503 while the store is away) and `/metrics`."""

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        try:
            backlog = await store.events.backlog()
        except StoreUnavailable:
            return web.json_response({"ready": False, "why": "the store does not answer"}, status=503)
        return web.json_response({"ready": True, "backlog": backlog})

    async def show_metrics(_: web.Request) -> web.Response:
        try:
            totals = await store.desk.counters()
        except StoreUnavailable:
            totals = {}
        return web.Response(body=metrics.render(totals), headers={"Content-Type": "text/plain; version=0.0.4"})

    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    app.router.add_get("/metrics", show_metrics)
