"""Requests to the Graph API, on the account's own address and with its own token."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from connectors.base import Account, Request

GRAPH_VERSION = "v25.0"
"""The newest in Meta's pages. https://developers.facebook.com/docs/graph-api/changelog (checked 2026-11-22)"""


def get(account: Account, path: tuple[str, ...], query: Mapping[str, str]) -> Request:
    return Request("GET", f"{_url(account, path)}?{urlencode(query)}", _authorization(account))


def post(
    account: Account, path: tuple[str, ...], body: Mapping[str, object], query: Mapping[str, str] | None = None
) -> Request:
    headers = {**_authorization(account), "content-type": "application/json"}
    url = _url(account, path) + (f"?{urlencode(query)}" if query else "")
    return Request("POST", url, headers, json.dumps(body, ensure_ascii=False).encode())


def delete(account: Account, path: tuple[str, ...]) -> Request:
    return Request("DELETE", _url(account, path), _authorization(account))


def _url(account: Account, path: tuple[str, ...]) -> str:
    return "/".join((account.api_url, GRAPH_VERSION, *(quote(part, safe="") for part in path)))


def _authorization(account: Account) -> dict[str, str]:
    return {"authorization": f"Bearer {account.secret('token')}"}
