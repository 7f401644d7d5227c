"""What people do in Facebook's own apps: customers write, edit, delete, react; the page's staff moderate and answer."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.exchange import Doing, NotPossible, Outgoing, Saying, opaque
from sandbox.facebook_shapes import (
    PAGE_INBOX,
    app_id,
    comment_change,
    echo,
    from_customer,
    message,
    millis,
    public_id,
    reaction_change,
)
from sandbox.world import DM, Entry, Post, Profile, Voice, World

MESSAGES_LIFE_S = 3600
"""After an hour of failures the app is unsubscribed from the page's messages."""
CHANGES_LIFE_S = 36 * 3600
"""https://developers.facebook.com/docs/graph-api/webhooks/getting-started (checked 2026-11-22)"""
EDITS_ALLOWED = 5

Kind = Literal["words", "echo", "receipt", "change"]


def item_delivery(
    profile: Profile,
    item: dict[str, Any],
    at: datetime,
    queue: str = "messaging",
    kind: Kind = "change",
    entry: Entry | None = None,
) -> Outgoing:
    """One item as an entry of a delivery. `queue`: `messaging`, `standby` or `changes`."""
    life_s = CHANGES_LIFE_S if queue == "changes" else MESSAGES_LIFE_S
    held = {"field": "feed", "value": item} if queue == "changes" else item
    content = {"id": profile.id, queue: [held]}
    return Outgoing(profile, "changes" if queue == "changes" else "messaging", content, at, life_s, kind, entry)


def comment_delivery(
    profile: Profile, entry: Entry, post: Post, verb: str, at: datetime, kind: Kind = "change"
) -> Outgoing:
    change = comment_change(profile, entry, post, verb, at)
    return item_delivery(profile, change, at, "changes", kind, entry if kind == "words" else None)


class FacebookPeople:
    _world: World

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        customer = profile.customer(saying.customer, saying.name)
        at = self._world.now() - timedelta(seconds=saying.ago_s)
        if saying.where != DM:
            return self._say_publicly(profile, saying, customer.id, customer.name, at)
        thread = profile.thread(DM, customer.id)
        entry = Entry(f"m_{opaque(48)}", thread.place, "customer", customer.id, customer.name, saying.text, at)
        entry.parent, entry.status = saying.parent, "sending"
        profile.add(entry)
        thread.spoke_at = max(at, thread.spoke_at or at)
        self._world.changed(thread.place)
        if saying.payload is None:
            item = message(profile, entry, saying.parent)
        else:
            pressed = {"mid": entry.external_id, "title": saying.text, "payload": saying.payload}
            item = from_customer(profile, customer.id, at, postback=pressed)
        return entry, (self._private(profile, customer.id, item, at, "words", entry),)

    def _say_publicly(
        self, profile: Profile, saying: Saying, customer: str, name: str, at: datetime
    ) -> tuple[Entry, tuple[Outgoing, ...]]:
        post = profile.posts.get(saying.where)
        if post is None:
            raise NotPossible(f"there is no post {saying.where}")
        parent = profile.entries.get(saying.parent) if saying.parent else None
        if saying.parent and (parent is None or parent.place.where != post.id):
            raise NotPossible(f"there is no comment {saying.parent} under that post")
        entry = self._new_comment(
            profile, post, parent, by="customer", author=customer, text=saying.text, name=name, at=at
        )
        entry.status, entry.anonymous = "sending", saying.anonymous
        return entry, (comment_delivery(profile, entry, post, "add", at, kind="words"),)

    def _new_comment(
        self,
        profile: Profile,
        post: Post,
        parent: Entry | None,
        *,
        by: Voice,
        author: str,
        text: str,
        name: str | None = None,
        at: datetime | None = None,
    ) -> Entry:
        """Facebook nests comments once: an answer to an answer joins the same root."""
        root = None if parent is None else parent.parent or parent.external_id
        comment_id = f"{post.id.rpartition('_')[2]}_{self._world.number()}"
        entry = Entry(
            comment_id,
            profile.place(post.id, ""),
            by,
            author,
            name or profile.settings.name,
            text,
            at or self._world.now(),
        )
        entry.parent, entry.answers = root, parent.external_id if parent else None
        profile.add(entry)
        self._world.changed(entry.place)
        return entry

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        match doing.do:
            case "native_reply":
                return self._native_reply(profile, doing)
            case "read":
                return None, tuple(self.read(profile, _needed(doing.customer, "customer")))
            case "block" | "unblock":
                return None, self._block(profile, _needed(doing.customer, "customer"), doing.do == "block")
            case "pass_thread" | "take_thread":
                return None, self._route_thread(profile, _needed(doing.customer, "customer"), doing.do == "take_thread")
        entry = profile.entries.get(_needed(doing.external_id, "external_id"))
        if entry is None or entry.deleted:
            raise NotPossible(f"there is nothing with the id {doing.external_id}")
        match doing.do:
            case "edit":
                return entry, self._edit(profile, entry, _needed(doing.text, "text"))
            case "delete":
                return entry, self._remove(profile, entry)
            case "hide" | "unhide":
                if entry.place.where == DM:
                    raise NotPossible("only comments can be hidden")
                return entry, self._hide(profile, entry, doing.do == "hide")
        return entry, self._react(profile, entry, doing)

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        """The customer has read all: a receipt, unless there was nothing new."""
        thread = profile.thread(DM, customer)
        unread = [e for e in thread.entries.values() if e.by != "customer" and e.status != "read"]
        if not unread:
            return []
        for entry in unread:
            entry.status = "read"
        self._world.changed(thread.place)
        now = self._world.now()
        receipt = from_customer(profile, customer, now, read={"watermark": millis(now)})
        return [item_delivery(profile, receipt, now, kind="receipt")]

    def _private(
        self,
        profile: Profile,
        customer: str,
        item: dict[str, Any],
        at: datetime,
        kind: Kind,
        entry: Entry | None = None,
    ) -> Outgoing:
        queue = "standby" if profile.thread(DM, customer).inbox_owns else "messaging"
        return item_delivery(profile, item, at, queue, kind, entry)

    def _edit(self, profile: Profile, entry: Entry, text: str) -> tuple[Outgoing, ...]:
        now = self._world.now()
        private = entry.place.where == DM
        if private and (entry.by != "customer" or entry.edits >= EDITS_ALLOWED):
            raise NotPossible(f"a message is edited by its author, and at most {EDITS_ALLOWED} times")
        entry.edit(text, now)
        self._world.changed(entry.place)
        if not private:
            return (comment_delivery(profile, entry, profile.posts[entry.place.where], "edited", now),)
        edit = {"mid": entry.external_id, "text": text, "num_edit": entry.edits}
        item = from_customer(profile, entry.author, now, message_edit=edit)
        return (self._private(profile, entry.author, item, now, "change"),)

    def _remove(self, profile: Profile, entry: Entry) -> tuple[Outgoing, ...]:
        """With a comment go its answers. Of unsent messages there is one sample only; Meta's pages don't mention it."""
        now = self._world.now()
        entry.deleted = True
        self._world.changed(entry.place)
        if entry.place.where == DM:
            gone = {"mid": entry.external_id, "is_deleted": True}
            item = from_customer(profile, entry.place.customer, now, message=gone)
            return (self._private(profile, entry.place.customer, item, now, "change"),)
        for other in profile.thread_of(entry).entries.values():
            other.deleted = other.deleted or other.parent == entry.external_id
        return (comment_delivery(profile, entry, profile.posts[entry.place.where], "remove", now),)

    def _hide(self, profile: Profile, entry: Entry, hidden: bool) -> tuple[Outgoing, ...]:
        entry.hidden = hidden
        self._world.changed(entry.place)
        verb = "hide" if hidden else "unhide"
        return (comment_delivery(profile, entry, profile.posts[entry.place.where], verb, self._world.now()),)

    def _react(self, profile: Profile, entry: Entry, doing: Doing) -> tuple[Outgoing, ...]:
        now, added = self._world.now(), doing.do == "react"
        who = doing.customer or entry.author
        if added:
            entry.liked_by[who] = doing.text or "❤"
        else:
            entry.liked_by.pop(who, None)
        self._world.changed(entry.place)
        if entry.place.where != DM:
            person = {"id": public_id(who), "name": profile.customer(who, None).name}
            change = reaction_change(entry, profile.posts[entry.place.where], person, "add" if added else "remove", now)
            return (item_delivery(profile, change, now, "changes"),)
        customer = entry.place.customer
        reaction: dict[str, Any] = {"action": "react" if added else "unreact", "mid": entry.external_id}
        if added:
            reaction |= {"reaction": "love" if not doing.text else "other", "emoji": doing.text or "❤"}
            profile.thread(DM, customer).spoke_at = now
        item = from_customer(profile, customer, now, reaction=reaction)
        return (self._private(profile, customer, item, now, "change"),)

    def _block(self, profile: Profile, customer: str, blocked: bool) -> tuple[Outgoing, ...]:
        """Nothing is delivered: the page learns of it when it writes."""
        if blocked:
            profile.blocked.add(customer)
        else:
            profile.blocked.discard(customer)
        self._world.changed(profile.place(DM, customer))
        return ()

    def _route_thread(self, profile: Profile, customer: str, taken: bool) -> tuple[Outgoing, ...]:
        """The page's inbox takes the thread from the app, or passes it to the app.

        https://developers.facebook.com/docs/messenger-platform/conversation-routing (checked 2026-11-22)
        """
        now = self._world.now()
        profile.thread(DM, customer).inbox_owns = taken
        app, inbox = str(app_id(profile)), str(PAGE_INBOX)
        change = {
            "previous_owner_app_id": app if taken else inbox,
            "new_owner_app_id": inbox if taken else app,
            "metadata": "",
        }
        key = "take_thread_control" if taken else "pass_thread_control"
        return (item_delivery(profile, from_customer(profile, customer, now, **{key: change}), now),)

    def _native_reply(self, profile: Profile, doing: Doing) -> tuple[Entry, tuple[Outgoing, ...]]:
        text, where = _needed(doing.text, "text"), doing.where or DM
        if where != DM or doing.external_id:
            parent = profile.entries.get(doing.external_id or "")
            post = profile.posts.get(parent.place.where if parent else where)
            if post is None:
                raise NotPossible(f"there is no post {where}")
            entry = self._new_comment(profile, post, parent, by="person", author=profile.id, text=text)
            return entry, (comment_delivery(profile, entry, post, "add", entry.at, kind="echo"),)
        customer = _needed(doing.customer, "customer")
        mid, place = f"m_{opaque(48)}", profile.place(DM, customer)
        entry = Entry(mid, place, "person", profile.id, profile.settings.name, text, self._world.now())
        profile.add(entry)
        self._world.changed(place)
        return entry, (item_delivery(profile, echo(profile, entry, PAGE_INBOX, mid), entry.at, kind="echo"),)


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise NotPossible(f"{name} is needed for that")
    return value
