"""Facebook's Graph API as a page's bot calls it, and what it causes.

https://developers.facebook.com/docs/graph-api/reference/page
https://developers.facebook.com/docs/messenger-platform/reference/send-api (checked 2026-11-22)
"""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import Any

from sandbox.exchange import Answer, Call, Rate, Refused, opaque
from sandbox.facebook_people import FacebookPeople, comment_delivery, item_delivery
from sandbox.facebook_reads import THREAD, comment, conversations, feed, list_comments, messages, subscribed_apps
from sandbox.facebook_shapes import (
    app_id,
    delivered,
    echo,
    error,
    missing,
    page_of,
    reaction_change,
    refuse,
    usage,
)
from sandbox.facebook_words import by_person, words
from sandbox.meta import TOO_MANY, Meta
from sandbox.world import DM, Entry, Post, Profile

WINDOW = timedelta(hours=24)
PERSON_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WITHIN = timedelta(days=7)
RATES: dict[str, Rate] = {"messages": (300, 1), "private_replies": (750, 3600), "calls": (4800 * 3, 86_400)}
Params = Mapping[str, Any]


class Facebook(Meta, FacebookPeople):
    channel: str = "facebook"
    object_: str = "page"
    throttled: tuple[int, str] = (80001, "pages")
    id_fields: frozenset[str] = frozenset({"mid", "comment_id"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"{account}_{base}{number:04}"

    def answer(self, call: Call) -> Answer:
        profile = self._bearer(call)
        if profile is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token")
        target, *edge = self._path(call)
        target = profile.id if target == "me" else target
        use = "messenger" if (call.method, edge) == ("POST", ["messages"]) else "pages"
        try:
            self._count_call(profile, use)
            answer = self._route(profile, call, target, edge)
        except Refused as refused:
            answer = refused.answer
        rate = self._rate(use)
        used = self._buckets.used(f"{profile.id}/{use}", self._now(), rate)
        wait = ceil(rate[1] / 60) if answer.outcome in {"80001", "613"} else 0
        headers = usage(profile.id, use, 100 if wait else used, wait)
        return Answer(answer.status, answer.body, headers, answer.deliveries, answer.outcome)

    def _route(self, profile: Profile, call: Call, target: str, edge: list[str]) -> Answer:
        match call.method, edge:
            case "POST", ["messages"] if target == profile.id:
                return self._send(profile, call.params)
            case "GET", ["subscribed_apps"] if target == profile.id:
                return subscribed_apps(profile, app_id(profile))
            case "POST", ["subscribed_apps"] if target == profile.id:
                profile.webhook.subscribed = True
                profile.webhook.wanted = tuple(str(call.params.get("subscribed_fields", "")).split(","))
                return Answer(200, {"success": True})
            case "DELETE", ["subscribed_apps"] if target == profile.id:
                profile.webhook.subscribed = False
                return Answer(200, {"success": True})
            case "POST", ["pass_thread_control"] if target == profile.id:
                return self._pass_thread(profile, call.params)
            case "GET", ["feed"] if target == profile.id:
                return feed(profile, call.params)
            case "GET", ["conversations"] if target == profile.id:
                return conversations(profile, call.params)
            case "GET", ["messages"] if target.startswith(THREAD):
                return messages(profile, target, call.params)
            case "GET", [] if target == profile.id:
                return Answer(200, {"name": profile.settings.name, "id": profile.id})
            case "GET", ["comments"]:
                parent = None if target in profile.posts else self._comment_of(profile, target)
                return list_comments(profile, target, parent, call.params)
            case "POST", ["comments"]:
                return self._comment(profile, target, call.params)
            case (("POST" | "DELETE"), ["likes"]):
                return self._like(profile, self._comment_of(profile, target), liked=call.method == "POST")
            case "GET", []:
                return comment(profile, self._comment_of(profile, target), call.params)
            case "POST", []:
                return self._change(profile, self._comment_of(profile, target), call.params)
            case "DELETE", []:
                entry = self._comment_of(profile, target)
                return Answer(200, {"success": True}, deliveries=self._remove(profile, entry))
        raise missing("/".join([target, *edge]))

    def _count_call(self, profile: Profile, use: str) -> None:
        if not self._buckets.take(f"{profile.id}/{use}", self._now(), self._rate(use)):
            return
        if use == "messenger":
            raise refuse(613, "Calls to this api have exceeded the rate limit.")
        raise refuse(80001, TOO_MANY)

    def _rate(self, use: str) -> tuple[int, float]:
        name = "messages" if use == "messenger" else "calls"
        return self._rules().rate(f"{self.channel}.{name}", RATES[name])

    # private messages

    def _send(self, profile: Profile, params: Params) -> Answer:
        recipient = params.get("recipient")
        if not isinstance(recipient, dict) or not recipient:
            raise refuse(100, "The parameter recipient is required.")
        if "comment_id" in recipient:
            return self._private_reply(profile, str(recipient["comment_id"]), params)
        customer = str(recipient.get("id", ""))
        thread = profile.threads.get((DM, customer))
        if thread is None or (thread.spoke_at is None and not thread.entries):
            raise refuse(100, "No matching user found", 2018001)
        if customer in profile.blocked:
            raise refuse(551, "This person isn't available right now.", 1545041)
        if "sender_action" in params:
            return self._sender_action(profile, customer, params)
        if thread.inbox_owns:
            raise refuse(10, "Message failed to send because another app is controlling this thread now.", 2018300)
        text, metadata = words(params)
        silent_for = self._world.now() - thread.spoke_at if thread.spoke_at else None
        allowed = PERSON_WINDOW if by_person(params) else WINDOW
        if silent_for is None or silent_for > allowed:
            raise refuse(10, "This message is sent outside of allowed window.", 2018278)
        return self._sent(profile, customer, text, metadata)

    def _sender_action(self, profile: Profile, customer: str, params: Params) -> Answer:
        """`mark_seen` and typing show nothing here; a reaction does. Nothing of it is delivered."""
        payload = params.get("payload")
        if params["sender_action"] in {"react", "unreact"} and isinstance(payload, dict):
            entry = profile.entries.get(str(payload.get("message_id")))
            if entry is None or entry.deleted or entry.place.customer != customer:
                raise refuse(100, "Invalid message_id parameter")
            entry.liked_by.pop(profile.id, None)
            if params["sender_action"] == "react":
                entry.liked_by[profile.id] = str(payload.get("reaction", "love"))
            self._world.changed(entry.place)
        return Answer(200, {"recipient_id": customer})

    def _pass_thread(self, profile: Profile, params: Params) -> Answer:
        """https://developers.facebook.com/docs/messenger-platform/handover-protocol (checked 2026-11-22)"""
        recipient = params.get("recipient")
        thread = profile.threads.get((DM, str(recipient.get("id")))) if isinstance(recipient, dict) else None
        if thread is None:
            raise refuse(100, "No matching user found", 2018001)
        thread.inbox_owns = True
        return Answer(200, {"success": True})

    def _private_reply(self, profile: Profile, comment_id: str, params: Params) -> Answer:
        """Once per comment, within 7 days; the author's page-scoped id is in the answer.

        https://developers.facebook.com/docs/messenger-platform/discovery/private-replies (checked 2026-11-22).
        The codes are those of the older edge `private_replies`; Meta lists none for this call.
        """
        answered = profile.entries.get(comment_id)
        if answered is None or answered.deleted or answered.place.where == DM:
            raise refuse(100, "Invalid comment_id parameter", 2018292)
        text, metadata = words(params)
        if answered.by != "customer" or self._world.now() - answered.at > PRIVATE_REPLY_WITHIN:
            raise refuse(10902, "This is not a Replyable activity")
        if comment_id in profile.replied_privately:
            raise refuse(10900, "Activity already replied to")
        if answered.author in profile.blocked:
            raise refuse(551, "This person isn't available right now.", 1545041)
        rate = self._rules().rate(f"{self.channel}.private_replies", RATES["private_replies"])
        if self._buckets.take(f"{profile.id}/private", self._now(), rate):
            raise refuse(613, "Calls to this api have exceeded the rate limit.")
        answer = self._sent(profile, answered.author, text, metadata)
        profile.replied_privately.add(comment_id)
        return answer

    def _sent(self, profile: Profile, customer: str, text: str, metadata: str | None) -> Answer:
        mid = f"m_{opaque(48)}"
        place = profile.place(DM, customer)
        entry = Entry(mid, place, "brand", profile.id, profile.settings.name, text, self._world.now())
        entry.status = "delivered"
        profile.add(entry)
        self._world.changed(place)
        item = echo(profile, entry, app_id(profile), mid, metadata)
        deliveries = [
            item_delivery(profile, item, entry.at, kind="echo"),
            item_delivery(profile, delivered(profile, entry), entry.at, kind="receipt"),
        ]
        if profile.thread(DM, customer).looking:
            deliveries += self.read(profile, customer)
        return Answer(200, {"recipient_id": customer, "message_id": mid}, deliveries=tuple(deliveries))

    # comments

    def _comment_of(self, profile: Profile, comment_id: str) -> Entry:
        entry = profile.entries.get(comment_id)
        if entry is None or entry.deleted or entry.place.where == DM:
            raise missing(comment_id)
        return entry

    def _post_of(self, profile: Profile, entry: Entry) -> Post:
        return profile.posts[entry.place.where]

    def _comment(self, profile: Profile, target: str, params: Params) -> Answer:
        text = str(params.get("message") or "").strip()
        if not text:
            raise refuse(100, "The parameter message is required.")
        parent = None if target in profile.posts else self._comment_of(profile, target)
        post = profile.posts[target] if parent is None else self._post_of(profile, parent)
        entry = self._new_comment(profile, post, parent, by="brand", author=profile.id, text=text)
        done = comment_delivery(profile, entry, post, "add", entry.at, kind="echo")
        return Answer(200, {"id": entry.external_id}, deliveries=(done,))

    def _change(self, profile: Profile, entry: Entry, params: Params) -> Answer:
        if "is_hidden" in params:
            hidden = str(params["is_hidden"]).lower() in {"true", "1"}
            return Answer(200, {"success": True}, deliveries=self._hide(profile, entry, hidden))
        if entry.by == "customer" or not params.get("message"):
            raise refuse(100, "Invalid parameter")
        return Answer(200, {"success": True}, deliveries=self._edit(profile, entry, str(params["message"])))

    def _like(self, profile: Profile, entry: Entry, liked: bool) -> Answer:
        if liked:
            entry.liked_by[profile.id] = "like"
        else:
            entry.liked_by.pop(profile.id, None)
        self._world.changed(entry.place)
        verb, now = "add" if liked else "remove", self._world.now()
        change = reaction_change(entry, self._post_of(profile, entry), page_of(profile), verb, now)
        return Answer(200, {"success": True}, deliveries=(item_delivery(profile, change, now, "changes"),))
