"""What people do in Telegram: customers write, edit, react and block; an anonymous admin answers in the group.

A customer `<number>@<connection>` writes to a business account that the bot answers for, whose owner may answer too.
Only there Telegram tells a bot of deletions and of its own messages; of what was read, nowhere.
https://core.telegram.org/bots/api#update (checked 2026-11-22)
"""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.exchange import Doing, NotPossible, Outgoing, Saying
from sandbox.telegram_shapes import (
    automatic_forward,
    channel_post,
    chat_of,
    connection_of,
    deleted,
    external_id,
    is_private,
    membership,
    message,
    reaction,
    room_of,
    user,
)
from sandbox.world import DM, Entry, Post, Profile, World, discussion_of

UPDATE_LIFE_S = 24 * 3600
CALLBACK_LIFE_S = 150
UNWANTED = {"chat_member", "message_reaction", "message_reaction_count"}
"""Not delivered unless `allowed_updates` names them; without any `setWebhook` this sandbox delivers all."""
BUSINESS = {
    "message": "business_message",
    "edited_message": "edited_business_message",
    "deleted": "deleted_business_messages",
}
CALLBACKS_KEPT = 1000
UPDATES_KEPT = 10_000


def is_polled(profile: Profile) -> bool:
    return profile.settings.settings.get("receive") == "polling"


class TelegramPeople:
    def __init__(self, world: World) -> None:
        self._world = world
        self._update_id = Random().randrange(10**8, 10**9)
        self._message_ids: dict[int, int] = {}
        self.waiting: defaultdict[str, deque[Outgoing]] = defaultdict(lambda: deque(maxlen=UPDATES_KEPT))
        """By account, the updates of a bot that asks for them."""
        self._pressed: dict[str, bool] = {}
        """Buttons pressed and not yet acknowledged."""

    def _next_message_id(self, chat_id: int) -> int:
        """Counts within a chat, from where the clock puts it, so that a restarted world gives no id twice."""
        began = int((self._world.now().timestamp() - 1_767_225_600) * 20)
        self._message_ids[chat_id] = max(self._message_ids.get(chat_id, 0) + 1, began)
        return self._message_ids[chat_id]

    def _update(self, profile: Profile, kind: str, content: dict[str, Any], at: datetime, queue: str) -> Outgoing:
        self._update_id += 1
        age_s = (self._world.now() - at).total_seconds()
        life_s = (CALLBACK_LIFE_S if kind == "callback_query" else UPDATE_LIFE_S) - age_s
        return Outgoing(profile, queue, {"update_id": self._update_id, kind: content}, at, life_s)

    def _wanted(self, profile: Profile, kind: str) -> bool:
        wanted = profile.webhook.wanted
        return profile.webhook.set_at is None or (kind in wanted if wanted else kind not in UNWANTED)

    def _told(self, profile: Profile, entry: Entry, kind: str = "message") -> tuple[Outgoing, ...]:
        if connection_of(room_of(entry)):
            kind = BUSINESS[kind]
        content = deleted(profile, entry) if kind == "deleted_business_messages" else message(profile, entry)
        update = self._update(profile, kind, content, entry.at, room_of(entry))
        return (update,) if self._wanted(profile, kind) else ()

    def _kept(self, profile: Profile, told: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
        """What is delivered: nothing to a bot that asks."""
        if not is_polled(profile):
            return told
        self.waiting[profile.id].extend(told)
        return ()

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        entry, told = self._say(profile, saying)
        return entry, self._kept(profile, told)

    def _say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        customer = profile.customer(_number(saying.customer, business=saying.where == DM), saying.name)
        at = self._world.now() - timedelta(seconds=saying.ago_s)
        group = discussion_of(profile.id)[1]
        before: tuple[Outgoing, ...] = ()
        room = customer.id
        if saying.where in profile.posts:
            room = str(group)
            before = self._copied(profile, profile.posts[saying.where])
        elif saying.where != DM:
            raise NotPossible(f"there is no post {saying.where}")
        if saying.parent and saying.parent not in profile.entries:
            raise NotPossible(f"there is no message {saying.parent}")
        if saying.payload is not None:
            return self._press(profile, saying, at)
        number = external_id(room, self._next_message_id(int(room.partition("@")[0])))
        place = profile.place(saying.where, customer.id)
        entry = Entry(number, place, "customer", customer.id, customer.name, saying.text, at)
        entry.parent, entry.status = saying.parent, "sending"
        entry.anonymous = saying.anonymous and saying.where != DM
        profile.add(entry)
        profile.thread_of(entry).spoke_at = at
        self._world.changed(place)
        told = tuple(
            Outgoing(o.profile, o.queue, o.content, o.at, o.life_s, "words", entry) for o in self._told(profile, entry)
        )
        return entry, before + told

    def _copied(self, profile: Profile, post: Post) -> tuple[Outgoing, ...]:
        """The channel post and its copy in the discussion group, told before the first comment under it."""
        if post.copied_as is not None:
            return ()
        channel, group = discussion_of(profile.id)
        post.copied_as = self._next_message_id(group)
        now = self._world.now()
        found = [
            ("channel_post", channel_post(profile, post), channel),
            ("message", automatic_forward(profile, post), group),
        ]
        return tuple(self._update(profile, kind, content, now, str(chat_id)) for kind, content, chat_id in found)

    def _press(self, profile: Profile, saying: Saying, at: datetime) -> tuple[Entry, tuple[Outgoing, ...]]:
        """A button under one of the bot's messages: `parent`, or the last one."""
        thread = profile.thread(saying.where, saying.customer)
        ours = [entry for entry in thread.entries.values() if entry.by == "brand" and not entry.deleted]
        entry = profile.entries[saying.parent] if saying.parent else ours[-1] if ours else None
        if entry is None:
            raise NotPossible("there is no message of the bot's with a button")
        query = str(self._world.number())
        if len(self._pressed) >= CALLBACKS_KEPT:
            self._pressed.pop(next(iter(self._pressed)))
        self._pressed[query] = True
        button = {"text": saying.text, "callback_data": saying.payload}
        content = {
            "id": query,
            "from": user(profile.customer(saying.customer, saying.name)),
            "message": {**message(profile, entry), "reply_markup": {"inline_keyboard": [[button]]}},
            "chat_instance": str(chat_of(entry)),
            "data": saying.payload,
        }
        update = self._update(profile, "callback_query", content, at, f"callback/{saying.customer}")
        return entry, (update,)

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        entry, told = self._act(profile, doing)
        return entry, self._kept(profile, told)

    def _act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        match doing.do:
            case "hide" | "unhide" | "pass_thread" | "take_thread":
                raise NotPossible(f"Telegram has no {doing.do}")
            case "native_reply":
                return self._native_reply(profile, doing)
            case "block" | "unblock":
                return None, self._block(profile, _number(doing.customer), doing.do == "block")
            case "read":
                return None, tuple(self.read(profile, _number(doing.customer)))
        entry = profile.entries.get(doing.external_id or "")
        if entry is None or entry.deleted:
            raise NotPossible(f"there is nothing with the id {doing.external_id}")
        match doing.do:
            case "edit":
                if not doing.text or entry.by == "brand":
                    raise NotPossible("a message is edited by its author, with a text")
                entry.edit(doing.text, self._world.now())
                self._world.changed(entry.place)
                return entry, self._told(profile, entry, "edited_message")
            case "delete":
                entry.deleted = True
                self._world.changed(entry.place)
                return entry, self._told(profile, entry, "deleted") if connection_of(room_of(entry)) else ()
        return entry, self._react(profile, entry, doing)

    def _react(self, profile: Profile, entry: Entry, doing: Doing) -> tuple[Outgoing, ...]:
        if connection_of(room_of(entry)):
            raise NotPossible("a bot is not told of reactions in the chats of a business account")
        who = _number(doing.customer or entry.author)
        old, new = entry.liked_by.pop(who, None), (doing.text or "👍") if doing.do == "react" else None
        if new:
            entry.liked_by[who] = new
        self._world.changed(entry.place)
        if not self._wanted(profile, "message_reaction"):
            return ()
        now = self._world.now()
        content = reaction(profile, entry, profile.customer(who, None), now, old, new)
        return (self._update(profile, "message_reaction", content, now, f"reaction/{chat_of(entry)}"),)

    def _block(self, profile: Profile, customer: str, blocked: bool) -> tuple[Outgoing, ...]:
        if blocked:
            profile.blocked.add(customer)
        else:
            profile.blocked.discard(customer)
        self._world.changed(profile.place(DM, customer))
        now = self._world.now()
        content = membership(profile, profile.customer(customer, None), now, blocked)
        return (self._update(profile, "my_chat_member", content, now, customer),)

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        """Shown in the thread; nothing is delivered."""
        thread = profile.thread(DM, customer)
        for entry in thread.entries.values():
            if entry.by == "brand":
                entry.status = "read"
        self._world.changed(thread.place)
        return []

    def _native_reply(self, profile: Profile, doing: Doing) -> tuple[Entry, tuple[Outgoing, ...]]:
        parent = profile.entries.get(doing.external_id or "")
        where = parent.place.where if parent else doing.where or DM
        if not doing.text:
            raise NotPossible("text is needed for that")
        room = room_of(parent) if parent else doing.customer or ""
        if where == DM and connection_of(room):
            return self._owner_writes(profile, room, doing.text)
        post = profile.posts.get(where)
        if post is None or (parent and is_private(parent)):
            raise NotPossible(
                "in private only the bot itself can write, or the owner of a business account; under a post, an "
                "anonymous admin of the group can"
            )
        before = self._copied(profile, post)
        group = discussion_of(profile.id)[1]
        number, place = external_id(group, self._next_message_id(group)), profile.place(post.id, "")
        entry = Entry(number, place, "person", profile.id, profile.settings.name, doing.text, self._world.now())
        entry.parent = parent.external_id if parent else None
        profile.add(entry)
        self._world.changed(place)
        return entry, before + self._told(profile, entry)

    def _owner_writes(self, profile: Profile, room: str, text: str) -> tuple[Entry, tuple[Outgoing, ...]]:
        number = external_id(room, self._next_message_id(int(_number(room, business=True).partition("@")[0])))
        place = profile.place(DM, room)
        entry = Entry(number, place, "person", profile.id, profile.settings.name, text, self._world.now())
        profile.add(entry)
        self._world.changed(place)
        return entry, self._told(profile, entry)


def _number(customer: str | None, *, business: bool = False) -> str:
    number = (customer or "").partition("@")[0] if business else customer or ""
    if customer is None or not number.removeprefix("-").isdecimal():
        raise NotPossible(f"a Telegram id is a number, not {customer!r}")
    return customer
