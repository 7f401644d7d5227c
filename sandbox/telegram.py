"""Telegram's Bot API as the bot calls it, and what it causes.

https://core.telegram.org/bots/api, https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
(checked 2026-11-22). Where those are silent, the source of https://github.com/tdlib/telegram-bot-api.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from sandbox.exchange import Answer, Broken, Buckets, Call, Handshake, Rate, Refused, Rules, Schedule
from sandbox.telegram_shapes import (
    bot,
    chat,
    connection_of,
    error,
    external_id,
    message,
    ok,
    refuse,
    too_many,
)
from sandbox.telegram_webhook import TelegramWebhook
from sandbox.world import DM, Entry, Profile, World, discussion_of, number_of

TEXT_LIMIT = 4096
"""Of UTF-16 units: the strictest reading of "characters after entities parsing"."""
CAPTION_LIMIT = 1024
RATES: dict[str, Rate] = {"chat": (1, 1), "group": (20, 60), "bot": (30, 1)}
CHAT_BURST = 5
DELETABLE = timedelta(hours=48)
READ_ONLY = {
    *("getme", "getchat", "getwebhookinfo", "setwebhook", "deletewebhook", "getupdates"),
    *("sendchataction", "readbusinessmessage"),
}
"""What customers don't see, or not for long."""
_PATH = re.compile(r"^/bot(?P<token>[^/]+)/(?P<method>[A-Za-z]+)$")

Params = Mapping[str, Any]


class Telegram(TelegramWebhook):
    channel: str = "telegram"
    schedule: Schedule = Schedule("queues", timeout_s=60)
    id_fields: frozenset[str] = frozenset()

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"{discussion_of(account)[0]}:{number}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        super().__init__(world, rules)
        self._buckets = Buckets()
        self._methods: dict[str, Callable[[Profile, Params], Answer]] = {
            "getme": self._get_me,
            "getchat": self._get_chat,
            "getupdates": self._get_updates,
            "getwebhookinfo": self._get_webhook_info,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "sendchataction": self._send_chat_action,
            "setmessagereaction": self._set_message_reaction,
            "editmessagetext": self._edit_message_text,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback_query,
            "readbusinessmessage": self._read_business_message,
            "deletebusinessmessages": self._delete_business_messages,
        }

    def reset(self) -> None:
        self._buckets = Buckets()
        self.waiting.clear()

    # deliveries

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        """One update a POST, never more."""
        return json.dumps(contents[0], ensure_ascii=False, separators=(",", ":")).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        token = profile.secret("secret_token")
        return {"X-Telegram-Bot-Api-Secret-Token": token, "Content-Type": "application/json"}

    def handshake(self, profile: Profile) -> Handshake | None:
        return None

    # the API

    def account_of(self, call: Call) -> str | None:
        profile = self._bearer(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.path.rpartition("/")[2].lower() not in READ_ONLY

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return error(401, "Unauthorized")
        return error(500, "Internal Server Error") if mode == "500" else too_many(max(1, ceil(after_s or 1)))

    def answer(self, call: Call) -> Answer:
        matched = _PATH.match(call.path)
        if matched is None or ":" not in matched["token"]:
            return error(404, "Not Found")
        profile = self._bearer(call)
        if profile is None:
            return error(401, "Unauthorized")
        method = self._methods.get(matched["method"].lower())
        if method is None:
            return error(404, "Not Found: method not found")
        try:
            return method(profile, call.params)
        except Refused as refused:
            return refused.answer

    def _bearer(self, call: Call) -> Profile | None:
        matched = _PATH.match(call.path)
        token = matched["token"] if matched else ""
        return next((p for p in self._world.of(self.channel) if p.secret("token") == token), None)

    def _get_me(self, profile: Profile, params: Params) -> Answer:
        abilities = {"can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}
        return ok({**bot(profile), **abilities})

    def _get_chat(self, profile: Profile, params: Params) -> Answer:
        chat_id = _chat_id(params)
        found = chat(profile, chat_id)
        channel, group = discussion_of(profile.id)
        if chat_id in {channel, group}:
            found["linked_chat_id"] = group if chat_id == channel else channel
        return ok(found)

    def _send_message(self, profile: Profile, params: Params) -> Answer:
        chat_id, text, room = _chat_id(params), str(params.get("text", "")).strip(), _room(params)
        self._may_write(profile, chat_id, room)
        if not text:
            raise refuse(400, "message text is empty")
        if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
            raise refuse(400, "message is too long")
        if params.get("message_thread_id"):
            raise refuse(400, "message thread not found")
        parent, post_id = self._replied_to(profile, chat_id, params)
        self._count(profile, chat_id, room)
        where = str(chat_id) if chat_id == discussion_of(profile.id)[1] else DM
        if parent is not None:
            where = parent.place.where
        elif post_id is not None:
            where = post_id
        place = profile.place(where, room)
        number = external_id(room, self._next_message_id(chat_id))
        entry = Entry(number, place, "brand", profile.id, profile.settings.name, text, self._world.now())
        entry.parent = parent.external_id if parent else None
        profile.add(entry)
        self._world.changed(place)
        told = self._kept(profile, self._told(profile, entry)) if connection_of(room) else ()
        return replace(ok(message(profile, entry)), deliveries=told)

    def _send_photo(self, profile: Profile, params: Params) -> Answer:
        """Its caption is all that the demo page shows of it."""
        caption = str(params.get("caption", ""))
        if not str(params.get("photo", "")).startswith("https://"):
            raise refuse(400, "wrong HTTP URL specified")
        if len(caption.encode("utf-16-le")) // 2 > CAPTION_LIMIT:
            raise refuse(400, "message caption is too long")
        return self._send_message(profile, {**params, "text": caption or "(photo)"})

    def _may_write(self, profile: Profile, chat_id: int, customer: str) -> None:
        """Any chat that is not a customer's is taken for one of the staff's, which the bot has joined."""
        if connection_of(customer) and (DM, customer) not in profile.threads:
            raise refuse(400, "business connection not found")
        if chat_id == discussion_of(profile.id)[0]:
            raise refuse(400, "need administrator rights in the channel chat")
        if customer in profile.blocked:
            raise refuse(403, "bot was blocked by the user")
        if customer in profile.customers and (DM, customer) not in profile.threads:
            raise refuse(403, "bot can't initiate conversation with a user")

    def _replied_to(self, profile: Profile, chat_id: int, params: Params) -> tuple[Entry | None, str | None]:
        """What the message answers: an entry, or a post's copy in the discussion group."""
        asked = params.get("reply_parameters")
        asked = json.loads(asked) if isinstance(asked, str) else asked
        if not asked:
            return None, None
        number = int(asked.get("message_id", 0))
        if chat_id == discussion_of(profile.id)[1]:
            post = next((post for post in profile.posts.values() if post.copied_as == number), None)
            if post:
                return None, post.id
        entry = profile.entries.get(external_id(_room(params), number))
        if (entry is None or entry.deleted) and not asked.get("allow_sending_without_reply"):
            raise refuse(400, "message to be replied not found")
        return (None if entry is None or entry.deleted else entry), None

    def _count(self, profile: Profile, chat_id: int, room: str) -> None:
        rules, now = self._rules(), self._world.now().timestamp()

        def rate(name: str) -> Rate:
            return rules.rate(f"telegram.{name}", RATES[name])

        key = f"{profile.id}/{room}"
        wait = self._buckets.take(key, now, rate("chat"), rules.bursts.get("telegram.chat", CHAT_BURST))
        if not wait and chat_id < 0:
            wait = self._buckets.take(f"{key}/group", now, rate("group"))
        wait = wait or self._buckets.take(profile.id, now, rate("bot"))
        if wait:
            raise Refused(too_many(max(1, ceil(wait))))

    def _send_chat_action(self, profile: Profile, params: Params) -> Answer:
        self._may_write(profile, _chat_id(params), _room(params))
        return ok(True)

    def _set_message_reaction(self, profile: Profile, params: Params) -> Answer:
        entry = self._entry(profile, params, "message to react not found")
        asked = params.get("reaction") or []
        emoji = [one.get("emoji") for one in (json.loads(asked) if isinstance(asked, str) else asked)]
        if len(emoji) > 1 or not all(emoji):
            raise refuse(400, "REACTION_INVALID")
        if emoji:
            entry.liked_by[profile.id] = str(emoji[0])
        else:
            entry.liked_by.pop(profile.id, None)
        self._world.changed(entry.place)
        return ok(True)

    def _edit_message_text(self, profile: Profile, params: Params) -> Answer:
        entry, text = self._entry(profile, params, "message to edit not found"), str(params.get("text", "")).strip()
        if entry.by != "brand":
            raise refuse(400, "message can't be edited")
        if not text:
            raise refuse(400, "message text is empty")
        if text == entry.text:
            raise refuse(
                400,
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message",
            )
        entry.edit(text, self._world.now())
        self._world.changed(entry.place)
        return ok(message(profile, entry))

    def _delete_message(self, profile: Profile, params: Params) -> Answer:
        entry = self._entry(profile, params, "message to delete not found")
        if self._world.now() - entry.at > DELETABLE:
            raise refuse(400, "message can't be deleted")
        entry.deleted = True
        self._world.changed(entry.place)
        return ok(True)

    def _answer_callback_query(self, profile: Profile, params: Params) -> Answer:
        if not self._pressed.pop(str(params.get("callback_query_id", "")), None):
            raise refuse(400, "query is too old and response timeout expired or query ID is invalid")
        return ok(True)

    def _read_business_message(self, profile: Profile, params: Params) -> Answer:
        """Shows the customer that it was read; nobody is told."""
        self._entry(profile, params, "message not found")
        return ok(True)

    def _delete_business_messages(self, profile: Profile, params: Params) -> Answer:
        connection = str(params.get("business_connection_id"))
        ends = {f"@{connection}:{number}" for number in params.get("message_ids") or ()}
        entries = [e for id_, e in profile.entries.items() if id_[id_.find("@") :] in ends and not e.deleted]
        if not entries:
            raise refuse(400, "message to delete not found")
        for entry in entries:
            entry.deleted = True
            self._world.changed(entry.place)
        return ok(True)

    def _entry(self, profile: Profile, params: Params, otherwise: str) -> Entry:
        number = str(params.get("message_id", ""))
        entry = profile.entries.get(f"{_room(params)}:{number}")
        if entry is None or entry.deleted:
            raise refuse(400, otherwise)
        return entry


def _chat_id(params: Params) -> int:
    given = str(params.get("chat_id", ""))
    if not given.removeprefix("-").isdecimal():
        raise refuse(400, "chat not found" if given else "chat_id is empty")
    return number_of(given)


def _room(params: Params) -> str:
    connection = params.get("business_connection_id")
    return f"{_chat_id(params)}@{connection}" if connection else str(_chat_id(params))
