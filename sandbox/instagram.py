"""Instagram's Graph API as an account's bot calls it, and what it delivers.

https://developers.facebook.com/docs/instagram-platform/webhooks/examples
https://developers.facebook.com/docs/instagram-platform/comment-moderation
https://developers.facebook.com/docs/instagram-platform/private-replies
https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token (checked 2026-11-27)

Of a comment only its making is delivered, without a time; deletions, hidings and edits are not. A little longer than
300 lines for the two logins, whose ids differ.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.exchange import Answer, Call, Deed, Doing, Kind, Outgoing, Rate, Refused, Rules, opaque
from sandbox.facebook_shapes import error, iso, millis, missing, refuse, usage
from sandbox.facebook_words import by_person
from sandbox.meta import TOO_MANY, Meta
from sandbox.people import People, Told
from sandbox.world import DM, Entry, Profile, World

MESSAGE_BYTES = 1000
COMMENT_CHARACTERS = 2200
WINDOW = timedelta(hours=24)
WEEK = timedelta(days=7)
TOKEN_LIFE_S = 60 * 86_400
MESSAGES_LIFE_S = 3600
CHANGES_LIFE_S = 36 * 3600
INBOX = "1217981644879628"
OUR_APP = "990011"
RATES: dict[str, Rate] = {"messages": (100, 1), "private_replies": (750, 3600), "calls": (4800, 86_400)}
FIELDS = (
    *("comments", "live_comments", "messages", "message_edit", "message_reactions"),
    *("messaging_postbacks", "messaging_seen", "messaging_handover", "standby"),
)
Params = Mapping[str, Any]


class Instagram(Meta, People):
    channel: str = "instagram"
    name: str = "Instagram"
    object_: str = "instagram"
    throttled: tuple[int, str] = (80002, "instagram")
    id_fields: frozenset[str] = frozenset({"mid"})
    can: frozenset[Deed] = frozenset(
        {
            *("edit", "delete", "hide", "unhide", "react", "unreact"),
            *("block", "unblock", "native_reply", "read", "pass_thread", "take_thread"),
        }
    )

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"179{base}{number:05}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        super().__init__(world, rules)
        self._renewed: dict[str, str] = {}

    def _takes(self, profile: Profile, token: str) -> bool:
        return token in (profile.secret("token"), self._renewed.get(profile.id))

    # deliveries

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        return f"aWdf{opaque(48)}" if where == DM else f"178{self._world.number()}"

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        now = self._world.now()
        if entry.place.where != DM:
            return self._comment(profile, entry) if what in {"said", "echo", "echo_person"} else ()
        at = entry.at if what in {"said", "echo", "echo_person"} else now
        held = self._held(profile, what, entry, doing)
        if held is None:
            return ()
        ours = what in {"echo", "echo_person"}
        sides = (profile.id, entry.place.customer) if ours else (entry.place.customer, profile.id)
        item = {"sender": {"id": sides[0]}, "recipient": {"id": sides[1]}, "timestamp": millis(at), **held}
        key = "standby" if profile.thread_of(entry).inbox_owns and what == "said" else "messaging"
        kind: Kind = "words" if what == "said" else "echo" if ours else "change"
        content = {"id": profile.id, key: [item]}
        told = entry if what == "said" else None
        return (Outgoing(profile, "messaging", content, at, MESSAGES_LIFE_S, kind, told),)

    def _held(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None) -> dict[str, Any] | None:
        said = {"mid": entry.external_id, "text": entry.text}
        match what:
            case "said":
                return {"message": {**said, **({"reply_to": {"mid": entry.parent}} if entry.parent else {})}}
            case "echo" | "echo_person":
                ours = profile.settings.settings.get("app_id", OUR_APP)
                return {"message": {**said, "is_echo": True, "app_id": ours if what == "echo" else INBOX}}
            case "edited":
                return {"message_edit": {**said, "num_edit": entry.edits}}
            case "deleted":
                return {"message": {"mid": entry.external_id, "is_deleted": True}}
            case "reacted":
                profile.thread_of(entry).spoke_at = self._world.now()
                emoji = (doing.text if doing else None) or "❤"
                reaction = {"mid": entry.external_id, "action": "react", "reaction": "love", "emoji": emoji}
                return {"reaction": reaction}
            case "unreacted":
                return {"reaction": {"mid": entry.external_id, "action": "unreact"}}
            case "read":
                return {"read": {"mid": entry.external_id}}
            case "taken":
                return {"take_thread_control": {"previous_owner_app_id": OUR_APP, "new_owner_app_id": INBOX}}
            case "passed":
                return {"pass_thread_control": {"previous_owner_app_id": INBOX, "new_owner_app_id": OUR_APP}}
        return None

    def _comment(self, profile: Profile, entry: Entry) -> tuple[Outgoing, ...]:
        value: dict[str, Any] = {
            "id": entry.external_id,
            "text": entry.text,
            "media": {"id": entry.place.where, "media_product_type": "FEED"},
        }
        if not entry.anonymous:
            value["from"] = self._author(profile, entry)
        if entry.parent:
            value["parent_id"] = entry.parent
        content = {"id": profile.id, "changes": [{"field": "comments", "value": value}]}
        ours = entry.by != "customer"
        kind: Kind = "echo" if ours else "words"
        return (Outgoing(profile, "changes", content, entry.at, CHANGES_LIFE_S, kind, None if ours else entry),)

    def _author(self, profile: Profile, entry: Entry) -> dict[str, str]:
        name = entry.name.lower().replace(" ", ".")
        return {"id": entry.author if entry.by == "customer" else profile.id, "username": name}

    # the API

    def answer(self, call: Call) -> Answer:
        profile = self._bearer(call)
        if profile is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        target, *edge = self._path(call)
        if target == "refresh_access_token":
            return self._refresh(profile)
        target = profile.id if target == "me" else target
        use = "messages" if edge == ["messages"] else "calls"
        rate = self._rules().rate(f"instagram.{use}", RATES[use])
        try:
            if self._buckets.take(f"{profile.id}/{use}", self._now(), rate):
                raise refuse(613 if use == "messages" else 80002, TOO_MANY)
            answer = self._route(profile, call, target, edge)
        except Refused as refused:
            answer = refused.answer
        used = self._buckets.used(f"{profile.id}/{use}", self._now(), rate)
        headers = usage(profile.id, "instagram", min(used, 85), 0)
        return Answer(answer.status, answer.body, headers, answer.deliveries, answer.outcome)

    def _route(self, profile: Profile, call: Call, target: str, edge: list[str]) -> Answer:
        own, params = target == profile.id, call.params
        match call.method, edge:
            case "POST", ["messages"] if own:
                return self._message(profile, params)
            case "POST", ["pass_thread_control"] if own:
                profile.thread(DM, str(params["recipient"]["id"])).inbox_owns = True
                return Answer(200, {"success": True})
            case "GET", ["subscribed_apps"] if own:
                fields = list(profile.webhook.wanted) or list(FIELDS)
                data = [{"id": OUR_APP, "subscribed_fields": fields}] if profile.webhook.subscribed else []
                return Answer(200, {"data": data})
            case "POST", ["subscribed_apps"] if own:
                profile.webhook.subscribed = True
                profile.webhook.wanted = tuple(str(params.get("subscribed_fields", "")).split(","))
                return Answer(200, {"success": True})
            case "GET", ["media"] if own:
                posts = [{"id": p.id, "timestamp": iso(p.at)} for p in reversed(profile.posts.values())]
                return Answer(200, {"data": posts})
            case "GET", ["conversations"] if own:
                return self._conversations(profile, params)
            case "GET", ["comments"] if target in profile.posts:
                roots = [e for e in self._under(profile, target) if e.parent is None]
                return Answer(200, {"data": [self._node(profile, e, deep=True) for e in roots]})
            case "GET", [] if own:
                return self._about(profile, str(params.get("fields", "")))
        entry = profile.entries.get(target)
        if entry is None or entry.deleted or entry.place.where == DM:
            raise missing("/".join([target, *edge]))
        return self._moderate(profile, call, entry, edge)

    def _moderate(self, profile: Profile, call: Call, entry: Entry, edge: list[str]) -> Answer:
        match call.method, edge:
            case "GET", ["replies"]:
                replies = [e for e in self._under(profile, entry.place.where) if e.parent == entry.external_id]
                return Answer(200, {"data": [self._node(profile, e) for e in replies]})
            case "POST", ["replies"]:
                return self._reply(profile, entry, str(call.params.get("message") or "").strip())
            case "POST", [] if "hide" in call.params:
                if entry.by != "customer":
                    raise refuse(100, "Own comments can't be hidden")
                entry.hidden = str(call.params["hide"]).lower() == "true"
            case "DELETE", []:
                entry.deleted = True
            case _:
                raise missing(entry.external_id)
        self._world.changed(entry.place)
        return Answer(200, {"success": True})

    def _reply(self, profile: Profile, entry: Entry, text: str) -> Answer:
        if not text or len(text) > COMMENT_CHARACTERS:
            raise refuse(100, "The parameter message is required, with at most 2200 characters.")
        if entry.parent:
            raise refuse(100, "Replies are made to top-level comments")
        reply = self.add(profile, entry.place.where, "", "brand", text, entry)
        return Answer(200, {"id": reply.external_id}, deliveries=self.tell(profile, "echo", reply))

    def _message(self, profile: Profile, params: Params) -> Answer:
        recipient = params.get("recipient")
        if not isinstance(recipient, dict):
            raise refuse(100, "The parameter recipient is required.")
        if "comment_id" in recipient:
            return self._private_reply(profile, str(recipient["comment_id"]), params)
        customer = str(recipient.get("id", ""))
        thread = profile.threads.get((DM, customer))
        if thread is None or (thread.spoke_at is None and not thread.entries):
            raise refuse(100, "No matching Instagram user", 2534014)
        if customer in profile.blocked:
            raise refuse(100, "The business is blocked by this person", 2534029)
        if "sender_action" in params:
            return Answer(200, {"recipient_id": customer})
        if thread.inbox_owns:
            raise refuse(100, "Another app is controlling this thread now.", 2534037)
        allowed = WEEK if by_person(params) else WINDOW
        if thread.spoke_at is None or self._world.now() - thread.spoke_at > allowed:
            raise refuse(10, "This message is sent outside of allowed window.", 2534022)
        return self._sent(profile, customer, params)

    def _private_reply(self, profile: Profile, comment_id: str, params: Params) -> Answer:
        """Once per comment, within seven days; it does not open the window."""
        comment = profile.entries.get(comment_id)
        late = comment is not None and self._world.now() - comment.at > WEEK
        if comment is None or comment.deleted or comment.by != "customer" or late:
            raise refuse(100, "Invalid comment for a private reply", 2534025)
        if comment_id in profile.replied_privately:
            raise refuse(100, "The comment already has a private reply", 2534025)
        rate = self._rules().rate("instagram.private_replies", RATES["private_replies"])
        if self._buckets.take(f"{profile.id}/private", self._now(), rate):
            raise refuse(613, TOO_MANY, 2534040)
        profile.replied_privately.add(comment_id)
        return self._sent(profile, comment.author, params)

    def _sent(self, profile: Profile, customer: str, params: Params) -> Answer:
        said = params.get("message")
        text = str(said.get("text") or "") if isinstance(said, dict) else ""
        if not text:
            raise refuse(100, "param message must be non-empty.")
        if len(text.encode()) > MESSAGE_BYTES:
            raise refuse(100, "Length of param message[text] must be less than or equal to 1000 bytes")
        entry = self.add(profile, DM, customer, "brand", text)
        entry.status = "delivered"
        deliveries = list(self.tell(profile, "echo", entry))
        if profile.thread(DM, customer).looking:
            deliveries += self.read(profile, customer)
        return Answer(200, {"recipient_id": customer, "message_id": entry.external_id}, deliveries=tuple(deliveries))

    def _about(self, profile: Profile, fields: str) -> Answer:
        """The account, or where it was mentioned: `mentioned_comment.comment_id(…)`, `mentioned_media.media_id(…)`."""
        if not fields.startswith("mentioned_"):
            name = profile.settings.settings.get("username", profile.settings.name)
            return Answer(200, {"id": profile.id, "user_id": profile.id, "username": name})
        key, _, rest = fields.partition(".")
        entry = profile.entries.get(rest.partition("(")[2].partition(")")[0])
        if entry is None:
            raise missing(fields)
        node = {"text": entry.text, "username": entry.name, "timestamp": iso(entry.at)}
        return Answer(200, {key: node, "id": profile.id})

    def _refresh(self, profile: Profile) -> Answer:
        self._renewed[profile.id] = f"{profile.id}:{opaque(24)}"
        body = {"access_token": self._renewed[profile.id], "token_type": "bearer", "expires_in": TOKEN_LIFE_S}
        return Answer(200, body)

    def _conversations(self, profile: Profile, params: Params) -> Answer:
        wanted = str(params.get("user_id", ""))
        found = [t for (where, who), t in profile.threads.items() if where == DM and wanted in ("", who) and t.entries]
        data = []
        for thread in found:
            newest = [e for e in reversed(thread.entries.values()) if not e.deleted][:20]
            last: datetime = newest[0].at if newest else self._world.now()
            messages = [self._message_node(profile, e) for e in newest]
            node = {"id": f"t_{thread.place.customer}", "updated_time": iso(last), "messages": {"data": messages}}
            data.append(node)
        return Answer(200, {"data": data})

    def _message_node(self, profile: Profile, entry: Entry) -> dict[str, Any]:
        author = entry.place.customer if entry.by == "customer" else profile.id
        said = {"id": entry.external_id, "message": entry.text, "created_time": iso(entry.at)}
        return {**said, "from": {"id": author, "username": entry.name}}

    def _under(self, profile: Profile, post: str) -> list[Entry]:
        return [entry for entry in profile.thread(post, "").entries.values() if not entry.deleted]

    def _node(self, profile: Profile, entry: Entry, *, deep: bool = False) -> dict[str, Any]:
        node: dict[str, Any] = {"id": entry.external_id, "text": entry.text, "timestamp": iso(entry.at)}
        if not entry.anonymous:
            node["from"] = self._author(profile, entry)
        if entry.parent:
            node["parent_id"] = entry.parent
        answers = [e for e in self._under(profile, entry.place.where) if e.parent == entry.external_id]
        if deep and answers:
            node["replies"] = {"data": [self._node(profile, e) for e in answers]}
        return node
