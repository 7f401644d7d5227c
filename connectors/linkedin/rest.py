"""Requests to LinkedIn's REST API: versioned, with names of things in the path, every sign of them encoded.

https://learn.microsoft.com/linkedin/shared/api-guide/concepts/urns (checked 2026-11-27)
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from connectors.base import Account, Request, Unsupported
from connectors.linkedin.payloads import comment_urn, number_of, post_urn

VERSION = "202611"
"""`LinkedIn-Version`; one is served for about a year, so that it is a setting too: `version`."""


def call(
    account: Account,
    method: str,
    path: str,
    query: str = "",
    body: Mapping[str, object] | None = None,
    more: Mapping[str, str] | None = None,
) -> Request:
    headers = {
        "authorization": f"Bearer {account.secret('token')}",
        "linkedin-version": account.settings.get("version", VERSION),
        "x-restli-protocol-version": "2.0.0",
        **(more or {}),
    }
    content = b""
    if body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(body, ensure_ascii=False).encode()
    return Request(method, f"{account.api_url}/rest/{path}{'?' if query else ''}{query}", headers, content)


def organization(account: Account) -> str:
    return f"urn:li:organization:{account.id.external_id}"


def actor(account: Account) -> str:
    return f"actor={quote(organization(account), safe='')}"


def comments_path(urn: str) -> str:
    return f"socialActions/{quote(urn, safe='')}/comments"


def comment_path(comment: str) -> str:
    if comment_urn(comment) is None:
        raise Unsupported(f"{comment!r} is no comment of LinkedIn's")
    return f"{comments_path(post_urn(comment))}/{number_of(comment)}"
