"""Where somebody who asked a platform to erase their data reads what became of it."""

import re
from html import escape

from aiohttp import web

from bot.errors import StoreUnavailable
from bot.store import Store

_CODE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Aplomb</title><style>body{{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}
</style><main><p lang="fr">{french}</p><p lang="en">{english}</p><p><code>{code}</code></p></main></html>"""
_DONE = ("Vos données ont été effacées le {at:%d.%m.%Y}.", "Your data was erased on {at:%Y-%m-%d}.")
_WAITS = (
    "Nous ne trouvons pas d'effacement terminé sous ce numéro. Il est fait peu après la demande : revenez demain.",
    "We find no finished erasure under this number. It is done soon after the request: please come back tomorrow.",
)


def add_privacy(app: web.Application, store: Store) -> None:
    """Mounts `/privacy/<confirmation code>`, as Meta asks of apps.

    https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback (checked
    2026-11-27)
    """

    async def show(request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if not _CODE.fullmatch(code):
            raise web.HTTPNotFound
        try:
            at = await store.accounts.erased_at(code)
        except StoreUnavailable:
            return web.Response(status=503, text="try again later", headers={"Retry-After": "60"})
        french, english = _WAITS if at is None else (words.format(at=at) for words in _DONE)
        page = _PAGE.format(french=escape(french), english=escape(english), code=escape(code))
        return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store"})

    app.router.add_get("/privacy/{code}", show)
