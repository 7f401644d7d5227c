"""TikTok's Business API as an account's bot calls it, and what it delivers.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

Every answer is HTTP 200 and says in `code` what became of the call. The same words twice under one video are taken for
spam: TikTok accepts and hides them, and only the public notice that does not come tells.

Longer than 300 lines for the twelve calls it serves; their shapes stand beside it.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sandbox.exchange import (
    Answer,
    Broken,
    Buckets,
    Call,
    Deed,
    Doing,
    Handshake,
    Kind,
    Outgoing,
    Rate,
    Refused,
    Rules,
    Schedule,
    opaque,
)
from sandbox.people import People, Told
from sandbox.tiktok_shapes import author, comment_node, done, envelope, failed, message_content, milliseconds, own_name
from sandbox.world import DM, Entry, Profile, World

LIFE_S = 72 * 3600
WINDOW = timedelta(hours=48)
COMMENT_CHARACTERS = 1200
CALLS: Rate = (600, 60)
PAGE = 20
ACTIONS: dict[Told, str] = {
    "said": "insert",
    "echo": "insert",
    "echo_person": "insert",
    "deleted": "delete",
    "hidden": "set_to_hidden",
    "shown": "set_to_public",
}
KINDS: dict[Told, Kind] = {"said": "words", "echo": "echo", "echo_person": "echo", "read": "receipt"}
Params = Mapping[str, Any]


class TikTok(People):
    channel: str = "tiktok"
    name: str = "TikTok"
    schedule: Schedule = Schedule(batch=1, retries_s=(10, 60, 600, 3600), timeout_s=5)
    id_fields: frozenset[str] = frozenset({"message_id"})
    can: frozenset[Deed] = frozenset({"delete", "hide", "unhide", "react", "unreact", "native_reply", "read"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"7203946{base}{number:06}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world = world
        self._rules = rules
        self._buckets = Buckets()
        self._renewed: dict[str, str] = {}
        self._methods: dict[str, Callable[[Profile, Params], Answer]] = {
            "business/get": self._profile,
            "business/message/send": self._send,
            "business/message/conversation/list": self._conversations,
            "business/message/content/list": self._contents,
            "business/video/list": self._videos,
            "business/comment/list": self._comments,
            "business/comment/reply/list": self._replies,
            "business/comment/reply/create": self._reply,
            "business/comment/hide": self._hide,
            "business/comment/like": self._like,
            "business/comment/delete": self._delete,
        }

    def reset(self) -> None:
        self._buckets = Buckets()

    # deliveries

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        number = self._world.number()
        return f"tt-msg-{number}" if where == DM else f"{where}_{number}"

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        if entry.place.where == DM:
            return self._private(profile, what, entry, doing)
        if what not in ACTIONS:
            return ()
        content: dict[str, Any] = {
            **dict(zip(("video_id", "comment_id"), map(int, entry.external_id.split("_")), strict=True)),
            "comment_type": "reply" if entry.parent else "comment",
            "comment_action": ACTIONS[what],
            "unique_identifier": author(profile, entry),
            "timestamp": milliseconds(entry.at if what == "said" else self._world.now()),
        }
        if entry.parent:
            content["parent_comment_id"] = int(entry.parent.partition("_")[2])
        if what in ("said", "echo", "echo_person"):
            content["text"] = entry.text
        return (self._outgoing(profile, what, "comment.update", content, entry),)

    def _private(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None) -> tuple[Outgoing, ...]:
        content = message_content(profile, entry)
        match what:
            case "said":
                return (self._outgoing(profile, what, "im_receive_msg", content, entry),)
            case "echo" | "echo_person":
                tag = {"message_tag": {"source": "API" if what == "echo" else "APP"}}
                return (self._outgoing(profile, what, "im_send_msg", content | tag, entry),)
            case "read":
                read = {"read": {"last_read_timestamp": milliseconds(self._world.now())}}
                of = message_content(profile, entry, by_customer=True) | read
                return (self._outgoing(profile, what, "im_mark_read_msg", of, entry),)
            case "reacted" | "unreacted":
                of = message_content(profile, entry, by_customer=True)
                added = {"operation": "ADD" if what == "reacted" else "DELETE", "type": "EMOJI"}
                emoji = (doing.text if doing else None) or "❤"
                reaction = [added | {"emoji": emoji, "original_msg_id": entry.external_id}]
                of |= {"type": "reaction", "message_id": self.new_id(profile, DM, None), "reaction": reaction}
                return (self._outgoing(profile, what, "im_receive_msg", of, entry),)
        return ()

    def _outgoing(self, profile: Profile, what: Told, event: str, content: dict[str, Any], entry: Entry) -> Outgoing:
        now, kind = self._world.now(), KINDS.get(what, "change")
        told = entry if kind == "words" else None
        return Outgoing(profile, "", envelope(profile, event, content, now), now, LIFE_S, kind, told)

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        return json.dumps(contents[0], ensure_ascii=False, separators=(",", ":")).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        stamp = str(int(self._world.now().timestamp()))
        signed = stamp.encode() + b"." + body
        made = hmac.new(profile.secret("app_secret").encode(), signed, sha256).hexdigest()
        return {"Tiktok-Signature": f"t={stamp},s={made}", "Content-Type": "application/json"}

    def handshake(self, profile: Profile) -> Handshake | None:
        return None

    # the API

    def account_of(self, call: Call) -> str | None:
        profile = self._bearer(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        written = ("/send", "/create", "/hide", "/like", "/delete")
        return call.path.rstrip("/").endswith(written) and call.params.get("message_type") != "SENDER_ACTION"

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        found = {"429": (40100, "Requests made too frequently"), "token_expired": (40105, "Access token is expired")}
        return failed(*found.get(mode, (50000, "Internal error")))

    def answer(self, call: Call) -> Answer:
        path = call.path.removeprefix("/open_api/v1.3/").strip("/")
        if path == "tt_user/oauth2/refresh_token":
            return self._refresh(call.params)
        if path.startswith("business/webhook/"):
            return self._webhook(path, call.params)
        profile = self._bearer(call)
        if profile is None:
            return failed(40105, "Access token is incorrect or has been revoked")
        if call.params.get("business_id") != profile.id:
            return failed(40001, "No permission to operate the account")
        if self._buckets.take(profile.id, self._world.now().timestamp(), self._rules().rate("tiktok.calls", CALLS)):
            return failed(40100, "Requests made too frequently")
        method = self._methods.get(path)
        if method is None:
            return failed(40002, "Path does not exist")
        try:
            return method(profile, call.params)
        except Refused as refused:
            return refused.answer

    def _bearer(self, call: Call) -> Profile | None:
        token, profiles = call.headers.get("access-token", ""), self._world.of(self.channel)
        return next((p for p in profiles if token in (p.secret("token"), self._renewed.get(p.id))), None)

    def _profile(self, profile: Profile, params: Params) -> Answer:
        return done({"display_name": profile.settings.name, "username": own_name(profile)})

    def _send(self, profile: Profile, params: Params) -> Answer:
        customer = str(params.get("recipient") or "")
        thread = profile.threads.get((DM, customer))
        if thread is None or customer in profile.blocked:
            raise Refused(failed(40002, "The conversation does not exist"))
        if thread.spoke_at is None or self._world.now() - thread.spoke_at > WINDOW:
            raise Refused(failed(40002, "The messaging window of 48 hours is closed"))
        if params.get("message_type") == "SENDER_ACTION":
            return done({})
        text = str((params.get("text") or {}).get("body") or "").strip()
        if not text:
            raise Refused(failed(40002, "The text is required"))
        parent = profile.entries.get(str((params.get("referenced_message_info") or {}).get("referenced_message_id")))
        entry = self.add(profile, DM, customer, "brand", text, parent)
        return done({"message": {"message_id": entry.external_id}}, self.tell(profile, "echo", entry))

    def _conversations(self, profile: Profile, params: Params) -> Answer:
        found = [customer for where, customer in profile.threads if where == DM]
        return done({"conversations": [{"conversation_id": each} for each in found], "has_more": False})

    def _contents(self, profile: Profile, params: Params) -> Answer:
        thread = profile.threads.get((DM, str(params.get("conversation_id"))))
        entries = [] if thread is None else [e for e in thread.entries.values() if not e.deleted]
        return self._page("messages", [message_content(profile, e) for e in reversed(entries)], params)

    def _videos(self, profile: Profile, params: Params) -> Answer:
        found = [{"item_id": post.id, "create_time": int(post.at.timestamp())} for post in profile.posts.values()]
        return self._page("videos", found, params)

    def _comments(self, profile: Profile, params: Params) -> Answer:
        wanted = params.get("comment_ids")
        ids = {str(each) for each in json.loads(wanted)} if isinstance(wanted, str) else None
        found = [
            entry
            for entry in self._under(profile, str(params.get("video_id")))
            if (entry.parent is None if ids is None else entry.external_id.partition("_")[2] in ids)
        ]
        return self._page("comments", [comment_node(profile, e) for e in found], params)

    def _replies(self, profile: Profile, params: Params) -> Answer:
        parent = self._entry(profile, params)
        found = [e for e in self._under(profile, str(params.get("video_id"))) if e.parent == parent.external_id]
        return self._page("comments", [comment_node(profile, e) for e in found], params)

    def _page(self, name: str, found: list[dict[str, Any]], params: Params) -> Answer:
        start = int(params.get("cursor") or 0)
        end = start + PAGE
        return done({name: found[start:end], "cursor": end, "has_more": len(found) > end})

    def _under(self, profile: Profile, video: str) -> list[Entry]:
        return [e for e in profile.entries.values() if e.place.where == video and not e.deleted]

    def _entry(self, profile: Profile, params: Params) -> Entry:
        entry = profile.entries.get(f"{params.get('video_id')}_{params.get('comment_id')}")
        if entry is None or entry.deleted:
            raise Refused(failed(40002, "The comment does not exist"))
        return entry

    def _reply(self, profile: Profile, params: Params) -> Answer:
        parent, text = self._entry(profile, params), str(params.get("text") or "").strip()
        if not text or len(text) > COMMENT_CHARACTERS:
            raise Refused(failed(40002, f"The text is required, with at most {COMMENT_CHARACTERS} characters"))
        again = any(e.by == "brand" and e.text == text for e in self._under(profile, parent.place.where))
        entry = self.add(profile, parent.place.where, "", "brand", text, parent)
        entry.hidden = again
        shown = () if again else self.tell(profile, "shown", entry)
        return done({"comment_id": entry.external_id.partition("_")[2]}, self.tell(profile, "echo", entry) + shown)

    def _hide(self, profile: Profile, params: Params) -> Answer:
        entry = self._entry(profile, params)
        if params.get("action") not in {"HIDE", "UNHIDE"}:
            raise Refused(failed(40002, "action must be HIDE or UNHIDE"))
        entry.hidden = params["action"] == "HIDE"
        self._world.changed(entry.place)
        return done({}, self.tell(profile, "hidden" if entry.hidden else "shown", entry))

    def _like(self, profile: Profile, params: Params) -> Answer:
        entry = self._entry(profile, params)
        entry.liked_by[profile.id] = "❤"
        self._world.changed(entry.place)
        return done({})

    def _delete(self, profile: Profile, params: Params) -> Answer:
        ours = [e for e in profile.entries.values() if e.by == "brand" and not e.deleted]
        entry = next((e for e in ours if e.external_id.partition("_")[2] == str(params.get("comment_id"))), None)
        if entry is None:
            raise Refused(failed(40002, "Only a comment of the account's own can be deleted"))
        entry.deleted = True
        self._world.changed(entry.place)
        return done({}, self.tell(profile, "deleted", entry))

    def _webhook(self, path: str, params: Params) -> Answer:
        """Of an app, and so of all its accounts here."""
        profile = next(
            (p for p in self._world.of(self.channel) if p.secret("app_secret") == params.get("secret")), None
        )
        if profile is None:
            return failed(40105, "The app or its secret is wrong")
        if path.endswith("/update"):
            profile.webhook.url, profile.webhook.subscribed = str(params.get("callback_url")), True
        if not profile.webhook.subscribed or profile.webhook.url is None:
            return done({"webhooks": []})
        return done({"webhooks": [{"event_type": params.get("event_type"), "callback_url": profile.webhook.url}]})

    def _refresh(self, params: Params) -> Answer:
        given = params.get("refresh_token")
        profile = next((p for p in self._world.of(self.channel) if p.secret("refresh_token") == given), None)
        if profile is None:
            return failed(40002, "The refresh token is not valid")
        self._renewed[profile.id] = f"act.{opaque(24)}"
        token = {"access_token": self._renewed[profile.id], "refresh_token": given, "expires_in": 86_400}
        return done(token)
