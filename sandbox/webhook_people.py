"""What people do in the brand's own app: customers write, edit, react, object; colleagues moderate and answer."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.exchange import Doing, NotPossible, Outgoing, Saying
from sandbox.world import DM, Entry, Profile, Voice, World

LIFE_S = 3 * 86400

Kind = Literal["words", "echo", "receipt", "change"]


class WebhookPeople:
    def __init__(self, world: World) -> None:
        self._world = world

    def _event(
        self,
        profile: Profile,
        type_: str,
        about: dict[str, Any],
        at: datetime | None = None,
        kind: Kind = "change",
        entry: Entry | None = None,
    ) -> Outgoing:
        at = at or self._world.now()
        content = {
            "type": type_,
            "id": f"evt-{self._world.number()}",
            "account": profile.id,
            "at": at.isoformat(),
            **about,
        }
        return Outgoing(profile, "events", content, at, LIFE_S, kind, entry)

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        customer = profile.customer(saying.customer, saying.name)
        at = self._world.now() - timedelta(seconds=saying.ago_s)
        if saying.where != DM and saying.where not in profile.posts:
            raise NotPossible(f"there is no post {saying.where}")
        if saying.parent and saying.parent not in profile.entries:
            raise NotPossible(f"there is nothing with the id {saying.parent}")
        entry = self._add(profile, saying.where, customer.id, "customer", saying.text, at, saying.parent)
        entry.name, entry.status = customer.name, "sending"
        entry.anonymous = saying.anonymous and saying.where != DM
        profile.thread_of(entry).spoke_at = at
        about = self._about(profile, entry) | {"text": entry.text}
        if saying.payload is not None:
            about["payload"] = saying.payload
        type_ = f"{_noun(entry)}.received"
        return entry, (self._event(profile, type_, about, at, "words", entry),)

    def _add(
        self,
        profile: Profile,
        where: str,
        author: str,
        by: Voice,
        text: str,
        at: datetime | None = None,
        parent: str | None = None,
        customer: str | None = None,
    ) -> Entry:
        """`customer`: whose private thread it is, where somebody else writes in it."""
        number = self._world.number()
        place = profile.place(where, customer or author)
        external_id = f"m-{number}" if where == DM else f"c-{number}"
        entry = Entry(external_id, place, by, author, profile.settings.name, text, at or self._world.now())
        entry.parent = parent
        if where != DM and parent:
            answered = profile.entries[parent]
            entry.parent, entry.answers = answered.parent or parent, parent
        profile.add(entry)
        self._world.changed(place)
        return entry

    def _about(self, profile: Profile, entry: Entry) -> dict[str, Any]:
        """Where it is, and whose."""
        about: dict[str, Any] = {"message_id": entry.external_id}
        who = entry.place.customer or (entry.author if entry.by == "customer" else "")
        if who and not entry.anonymous:
            about["user"] = {"id": who, "name": profile.customer(who, None).name}
        if entry.place.where == DM:
            return about | ({"reply_to": entry.parent} if entry.parent else {})
        about |= {"post_id": entry.place.where, "thread_id": entry.parent or entry.external_id}
        return about | ({"parent_id": entry.answers or entry.parent} if entry.parent else {})

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        match doing.do:
            case "native_reply":
                return self._native_reply(profile, doing)
            case "read":
                return None, tuple(self.read(profile, _needed(doing.customer, "customer")))
            case "block" | "unblock":
                return None, self._consent(profile, _needed(doing.customer, "customer"), doing.do == "block")
            case "pass_thread" | "take_thread":
                return None, self._route(profile, _needed(doing.customer, "customer"), doing.do == "take_thread")
        entry = profile.entries.get(_needed(doing.external_id, "external_id"))
        if entry is None or entry.deleted:
            raise NotPossible(f"there is nothing with the id {doing.external_id}")
        noun, about = _noun(entry), self._about(profile, entry)
        match doing.do:
            case "edit":
                entry.edit(_needed(doing.text, "text"), self._world.now())
                told = self._event(profile, f"{noun}.edited", about | {"text": entry.text})
            case "delete":
                entry.deleted = True
                told = self._event(profile, f"{noun}.deleted", about)
            case "hide" | "unhide":
                if entry.place.where == DM:
                    raise NotPossible("only comments can be hidden")
                entry.hidden = doing.do == "hide"
                told = self._event(profile, f"comment.{'hidden' if entry.hidden else 'shown'}", about)
            case _:
                told = self._react(profile, entry, doing, noun, about)
        self._world.changed(entry.place)
        return entry, (told,)

    def _react(self, profile: Profile, entry: Entry, doing: Doing, noun: str, about: dict[str, Any]) -> Outgoing:
        who = doing.customer or entry.place.customer or entry.author
        reaction = (doing.text or "❤") if doing.do == "react" else None
        entry.liked_by.pop(who, None)
        if reaction:
            entry.liked_by[who] = reaction
        user = {"id": who, "name": profile.customer(who, None).name}
        return self._event(profile, f"{noun}.reacted", about | {"user": user, "reaction": reaction})

    def _consent(self, profile: Profile, customer: str, blocked: bool) -> tuple[Outgoing, ...]:
        if blocked:
            profile.blocked.add(customer)
        else:
            profile.blocked.discard(customer)
        self._world.changed(profile.place(DM, customer))
        return (self._event(profile, "opted_out" if blocked else "opted_in", {"user": {"id": customer}}),)

    def _route(self, profile: Profile, customer: str, taken: bool) -> tuple[Outgoing, ...]:
        """A colleague takes the conversation in the app, or gives it back."""
        profile.thread(DM, customer).inbox_owns = taken
        type_ = "conversation.taken" if taken else "conversation.returned"
        return (self._event(profile, type_, {"user": {"id": customer}}),)

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        thread = profile.thread(DM, customer)
        unread = [e for e in thread.entries.values() if e.by != "customer" and e.status != "read"]
        if not unread:
            return []
        for entry in unread:
            entry.status = "read"
        self._world.changed(thread.place)
        return [self._event(profile, "read", {"user": {"id": customer}}, kind="receipt")]

    def _native_reply(self, profile: Profile, doing: Doing) -> tuple[Entry, tuple[Outgoing, ...]]:
        text = _needed(doing.text, "text")
        answered = profile.entries.get(doing.external_id or "")
        where = answered.place.where if answered else doing.where or DM
        if where != DM and where not in profile.posts:
            raise NotPossible(f"there is no post {where}")
        customer = _needed(doing.customer, "customer") if where == DM else None
        parent = answered.external_id if answered and where != DM else None
        entry = self._add(profile, where, profile.id, "person", text, parent=parent, customer=customer)
        about = self._about(profile, entry) | {"text": text}
        return entry, (self._event(profile, "agent.replied", about, kind="echo"),)


def _noun(entry: Entry) -> str:
    return "message" if entry.place.where == DM else "comment"


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise NotPossible(f"{name} is needed for that")
    return value
