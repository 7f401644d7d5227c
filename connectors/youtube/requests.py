"""Requests to Google's three addresses: the API, the tokens, and the hub that announces videos.

https://developers.google.com/youtube/v3/docs (checked 2026-11-27). The token address stands on none of the pages that
were checked; every client of Google's knows it.
"""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from connectors.base import Account, Request

API: Final = "https://www.googleapis.com"
TOKENS: Final = "https://oauth2.googleapis.com"
HUB: Final = "https://pubsubhubbub.appspot.com"
UNSET: Final = "none"
"""Shown while there is no token yet: refused for certain, upon which one is fetched."""


def get(account: Account, resource: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Request:
    return Request("GET", _url(account, resource, query), _authorization(account) | dict(headers or {}))


def send(
    account: Account, method: str, resource: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
) -> Request:
    headers = _authorization(account)
    if body is None:
        return Request(method, _url(account, resource, query), headers)
    content = json.dumps(body, ensure_ascii=False).encode()
    return Request(method, _url(account, resource, query), {**headers, "content-type": "application/json"}, content)


def form(account: Account, address: str, path: str, fields: Mapping[str, str]) -> Request:
    """To another of Google's addresses; where the account names an API of its own, all three are there."""
    base = address if account.api_url == API else account.api_url
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", f"{base}/{path}", headers, urlencode(fields).encode())


def _url(account: Account, resource: str, query: Mapping[str, str]) -> str:
    return f"{account.api_url}/youtube/v3/{resource}?{urlencode(query)}"


def _authorization(account: Account) -> dict[str, str]:
    given = account.secrets.get("token", ())
    return {"authorization": f"Bearer {given[0].get_secret_value() if given else UNSET}"}
