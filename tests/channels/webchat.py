"""The widget on the brand's pages, for the tests of every channel."""

import json
from datetime import datetime
from typing import Any

from connectors.base import Response
from connectors.webchat.payloads import said_in
from connectors.webchat.session import HEADER, token
from tests.channels.base import ODD_TEXT, ChannelFacts, Headers, Refusal, Scene, text_of_10_000
from tests.channels.webhook import refusal

VISITOR = "Zk3w8Qn1TtKx0bVYc2m4Aw"
PRIVATE_ONLY = "a widget has no comments"
ONE_BY_ONE = "a widget sends one thing at a time"
NOT_THERE = "a visitor can only write, read and ask to be forgotten"
NO_ECHO = "what is said to a visitor comes from Aplomb alone"


def sign(secret: str, body: bytes, now: datetime) -> Headers:
    """The session of the visitor that the body names."""
    said = said_in(body)
    return {HEADER: token(secret, (said and said.visitor) or VISITOR, now)}


def said(number: int, text: str, **more: Any) -> bytes:
    body = {"type": "message.received", "visitor": VISITOR, "id": f"2f0c1d7e-{number:04}", "text": text, **more}
    return json.dumps(body).encode()


WEBCHAT = ChannelFacts(
    channel="webchat",
    accounts={"maison-aubepine": {"origins": "https://maison-aubepine.example"}},
    signed_with="session_key",
    sign=sign,
    signs_body=False,
    kinds=frozenset({"message.received", "delivery.updated", "erasure.requested"}),
    scenes={
        "dm": Scene((said(1, "Bonjour"),), ("message.received",)),
        "comment": PRIVATE_ONLY,
        "several_entries": Scene((said(12, "Bonjour"), said(2, "Vous êtes là ?")), ("message.received",) * 2),
        "dm_and_comment": PRIVATE_ONLY,
        "duplicate_in_body": ONE_BY_ONE,
        "out_of_order": Scene((said(11, "et la facture ?"), said(10, "Bonjour")), ("message.received",) * 2),
        "echo": NO_ECHO,
        "echo_of_another_id": NO_ECHO,
        "edit": NOT_THERE,
        "delete": NOT_THERE,
        "reaction": NOT_THERE,
        "media_only": Scene((said(9, "", attachments=[{"url": "https://x.example/1"}]),), ("message.received",)),
        "empty_text": Scene((said(3, "   "),), ("message.received",)),
        "long_text": Scene((said(4, text_of_10_000()),), ("message.received",)),
        "odd_text": Scene((said(5, ODD_TEXT),), ("message.received",)),
        "numeric_ids": Scene((said(6, "Bonjour", id=6),), ("message.received",)),
        "unknown_field": Scene((said(7, "Bonjour", page="https://maison-aubepine.example/"),), ("message.received",)),
        "unknown_type": Scene((said(8, "", type="typing"),), ("unhandled.unknown_type",)),
        "wrong_account": "a widget belongs to its endpoint's one account, and names none",
    },
    refusals=(
        refusal("throttled", 429, "pause_account", 60),
        refusal("our signature is not known", 401, "reconnect", code="not_authentic", message="no signature of ours"),
        refusal("the visitor is gone", 410, "contact_gone", code="user_gone", message="erased, or away for too long"),
        refusal("not taken", 422, "refused", code="refused", message="no such type"),
        refusal("the store is away", 503, "retry", 30, code="try_again", message="the store does not answer"),
        refusal("server error", 500, "unknown"),
        Refusal("a page", Response(200, b"<html>"), "unknown"),
    ),
    comment_id="2f0c1d7e-0001",
    user=VISITOR,
    answers={kind: {"id": "act-1"} for kind in ("send_message", "mark_seen", "probe_token")},
)
