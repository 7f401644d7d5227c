"""What people do in a platform's own app, where platforms differ only in what they tell of it.

A simulator derives from `People`, makes ids and says in `tell` what is delivered; what its app does not have is not in
`can`.
"""

from datetime import datetime, timedelta
from typing import Literal

from sandbox.exchange import Deed, Doing, NotPossible, Outgoing, Saying
from sandbox.world import DM, Entry, Profile, Voice, World

Told = Literal[
    "said",
    "echo",
    "echo_person",
    "edited",
    "deleted",
    "hidden",
    "shown",
    "reacted",
    "unreacted",
    "read",
    "blocked",
    "unblocked",
    "taken",
    "passed",
]
"""What happened: the customer spoke (`said`), the API did (`echo`), a person of the brand did (`echo_person`) …"""


class People:
    name: str
    can: frozenset[Deed]
    private: bool = True
    _world: World

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        raise NotImplementedError

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        """What the platform delivers of it. For deeds about a whole thread, `entry` is its last one."""
        raise NotImplementedError

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        customer = profile.customer(saying.customer, saying.name)
        at = self._world.now() - timedelta(seconds=saying.ago_s)
        parent = self._parent(profile, saying)
        entry = self.add(profile, saying.where, customer.id, "customer", saying.text, parent, at)
        entry.status, entry.anonymous = "sending", saying.anonymous
        thread = profile.thread_of(entry)
        thread.spoke_at = max(at, thread.spoke_at or at)
        return entry, self.tell(profile, "said", entry)

    def _parent(self, profile: Profile, saying: Saying) -> Entry | None:
        if saying.where == DM and not self.private:
            raise NotPossible(f"{self.name} has no private messages")
        if saying.where != DM and saying.where not in profile.posts:
            raise NotPossible(f"there is no post {saying.where}")
        parent = profile.entries.get(saying.parent) if saying.parent else None
        if saying.parent and (parent is None or parent.place.where != saying.where):
            raise NotPossible(f"there is nothing with the id {saying.parent} to answer")
        return parent

    def add(
        self,
        profile: Profile,
        where: str,
        customer: str,
        by: Voice,
        text: str,
        parent: Entry | None = None,
        at: datetime | None = None,
    ) -> Entry:
        """Adds it to its thread. Under a post, an answer to an answer hangs from the same root."""
        place = profile.place(where, customer)
        author, name = profile.id, profile.settings.name
        if by == "customer":
            author, name = customer, profile.customer(customer, None).name
        external_id = self.new_id(profile, where, parent)
        entry = Entry(external_id, place, by, author, name, text, at or self._world.now())
        if parent is not None:
            entry.answers = parent.external_id
            entry.parent = parent.external_id if where == DM else parent.parent or parent.external_id
        profile.add(entry)
        self._world.changed(place)
        return entry

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        if doing.do not in self.can:
            raise NotPossible(f"{self.name} has no {doing.do}")
        match doing.do:
            case "native_reply":
                return self._native_reply(profile, doing)
            case "read":
                return None, tuple(self.read(profile, needed(doing.customer, "customer")))
            case "block" | "unblock" | "pass_thread" | "take_thread":
                return None, self._whole_thread(profile, doing)
        entry = profile.entries.get(needed(doing.external_id, "external_id"))
        if entry is None or entry.deleted:
            raise NotPossible(f"there is nothing with the id {doing.external_id}")
        what = self._change(entry, doing)
        self._world.changed(entry.place)
        return entry, self.tell(profile, what, entry, doing)

    def _change(self, entry: Entry, doing: Doing) -> Told:
        who = doing.customer or entry.author
        match doing.do:
            case "edit":
                entry.edit(needed(doing.text, "text"), self._world.now())
                return "edited"
            case "delete":
                entry.deleted = True
                return "deleted"
            case "hide" | "unhide":
                entry.hidden = doing.do == "hide"
                return "hidden" if entry.hidden else "shown"
            case "react":
                entry.liked_by[who] = doing.text or "❤"
                return "reacted"
        entry.liked_by.pop(who, None)
        return "unreacted"

    def _whole_thread(self, profile: Profile, doing: Doing) -> tuple[Outgoing, ...]:
        customer = needed(doing.customer, "customer")
        thread = profile.thread(DM, customer)
        match doing.do:
            case "block":
                profile.blocked.add(customer)
            case "unblock":
                profile.blocked.discard(customer)
            case "take_thread":
                thread.inbox_owns = True
            case _:
                thread.inbox_owns = False
        self._world.changed(thread.place)
        last = next(reversed(thread.entries.values()), None)
        if last is None:
            return ()
        told: dict[str, Told] = {"block": "blocked", "unblock": "unblocked", "take_thread": "taken"}
        return self.tell(profile, told.get(doing.do, "passed"), last, doing)

    def _native_reply(self, profile: Profile, doing: Doing) -> tuple[Entry, tuple[Outgoing, ...]]:
        """A person of the brand answers in the app: the comment named, else in private."""
        text, where = needed(doing.text, "text"), doing.where or DM
        parent = profile.entries.get(doing.external_id or "")
        where = parent.place.where if parent is not None else where
        if where != DM and where not in profile.posts:
            raise NotPossible(f"there is no post {where}")
        customer = needed(doing.customer, "customer") if where == DM else ""
        entry = self.add(profile, where, customer, "person", text, parent)
        return entry, self.tell(profile, "echo_person", entry, doing)

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        """The customer has read all: a receipt, unless there was nothing new."""
        thread = profile.thread(DM, customer)
        unread = [e for e in thread.entries.values() if e.by != "customer" and e.status != "read"]
        if not unread or "read" not in self.can:
            return []
        for entry in unread:
            entry.status = "read"
        self._world.changed(thread.place)
        return list(self.tell(profile, "read", unread[-1]))


def needed(value: str | None, name: str) -> str:
    if not value:
        raise NotPossible(f"{name} is needed for that")
    return value
