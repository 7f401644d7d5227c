"""How a request to TikTok's Business API is put together."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from connectors.base import Account, Request

VERSION = "open_api/v1.3"


def post(account: Account, path: str, body: Mapping[str, object]) -> Request:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Request("POST", _url(account, path), _headers(account) | {"content-type": "application/json"}, content)


def get(account: Account, path: str, query: Mapping[str, str]) -> Request:
    return Request("GET", f"{_url(account, path)}?{urlencode(query)}", _headers(account))


def _url(account: Account, path: str) -> str:
    return f"{account.api_url}/{VERSION}/{path}/"


def _headers(account: Account) -> dict[str, str]:
    return {"access-token": account.secret("token")}
