"""YouTube's Data API as a channel's bot calls it, with Google's token endpoint and the hub that announces videos.

https://developers.google.com/youtube/v3/docs/comments, …/commentThreads
https://developers.google.com/youtube/v3/guides/push_notifications (checked 2026-11-27)

Of comments nothing is ever delivered. Every call costs units of the project's day, refused ones too; what is written
twice is there twice; the same words again and again vanish, and the call that wrote them says nothing of it.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.exchange import Answer, Broken, Buckets, Call, Handshake, Rate, Refused, Rules, Verification, opaque
from sandbox.world import Entry, Profile, World
from sandbox.youtube_people import YouTubePeople
from sandbox.youtube_shapes import HUB_TOPIC, comment, error, listing, refuse, thread

QUOTA: Rate = (10_000, 86_400)
"""Units; counted here from the first call on, and not from midnight in California."""
CALLS: Rate = (3000, 60)
"""Undocumented; ours."""
WRITING = 50
TEXT_LIMIT = 10_000
IDS = 50
SAME_WORDS = 5
"""So often the same words are shown. The figure is ours; that there is one is YouTube's."""
TOKEN_LIFE_S = 3600
LEASE_S = 432_000
API = "/youtube/v3/"
Params = Mapping[str, Any]


class YouTube(YouTubePeople):
    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world, self._rules = world, rules
        self.reset()

    def reset(self) -> None:
        self._buckets = Buckets()
        self._used, self._since = 0, 0.0
        self._tokens: dict[str, tuple[str, float]] = {}
        """Fetched ones: whose they are, and when they end."""
        self.forget()

    def account_of(self, call: Call) -> str | None:
        profile = self._caller(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.path.startswith(API) and call.method != "GET"

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return error(401, "authError", "Invalid Credentials")
        if mode == "500":
            return error(500, "backendError", "Backend Error")
        headers = {} if after_s is None else {"Retry-After": str(int(after_s))}
        return error(429, "rateLimitExceeded", "Too many requests.", headers)

    def answer(self, call: Call) -> Answer:
        if call.path == "/token":
            return self._token(call.params)
        if call.path == "/subscribe":
            return self._subscribe(call.params)
        profile = self._caller(call)
        if profile is None:
            return error(401, "authError", "Invalid Credentials")
        try:
            self._spend(WRITING if self.writes(call) else 1)
            return self._route(profile, call)
        except Refused as refused:
            return refused.answer

    def _route(self, profile: Profile, call: Call) -> Answer:
        params = call.params
        match call.method, call.path.removeprefix(API):
            case "GET", "channels" if params.get("mine") == "true":
                channel = {"kind": "youtube#channel", "id": profile.id, "snippet": {"title": profile.settings.name}}
                return listing("channel", [channel], params, call.headers)
            case "GET", "commentThreads":
                return self._list_threads(profile, params, call.headers)
            case "GET", "comments":
                return self._list_comments(profile, params, call.headers)
            case "POST", "comments":
                return self._reply(profile, _snippet(params))
            case "PUT", "comments":
                entry = self._own(profile, str(params.get("id", "")))
                entry.edit(_text(_snippet(params)), self._world.now())
                return self._changed(entry, Answer(200, comment(profile, entry)))
            case "DELETE", "comments":
                entry = self._own(profile, str(params.get("id", "")))
                self.remove(profile, entry)
                return self._changed(entry, Answer(204, None))
            case "POST", "comments/setModerationStatus":
                return self._moderate(profile, params)
        return error(404, "notFound", "Not Found")

    def _spend(self, units: int) -> None:
        now = self._world.now().timestamp()
        if self._buckets.take("calls", now, self._rules().rate("youtube.calls", CALLS)):
            raise refuse(403, "rateLimitExceeded", "Too many requests.")
        count, per_s = self._rules().rate("youtube.quota", QUOTA)
        if now - self._since >= per_s:
            self._used, self._since = 0, now
        if self._used + units > count:
            raise refuse(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
        self._used += units

    # lists

    def _list_threads(self, profile: Profile, params: Params, headers: Mapping[str, str]) -> Answer:
        named = [name for name in ("allThreadsRelatedToChannelId", "videoId", "id") if params.get(name)]
        if len(named) != 1:
            raise refuse(400, "missingRequiredParameter", "Exactly one filter is wanted.")
        wanted, status = str(params[named[0]]), str(params.get("moderationStatus", "published"))
        tops = [entry for entry in profile.entries.values() if entry.parent is None]
        match named[0]:
            case "videoId" if wanted not in profile.posts:
                raise refuse(404, "videoNotFound", "The video could not be found.")
            case "videoId":
                tops = [entry for entry in tops if entry.place.where == wanted]
            case "id":
                tops = [entry for entry in tops if entry.external_id in wanted.split(",")]
            case _ if wanted != profile.id:
                raise refuse(403, "forbidden", "The request might not be properly authorized.")
        shown = [entry for entry in tops if self._is_listed(profile, entry, status)]
        shown.sort(key=lambda entry: entry.at, reverse=True)
        items = [thread(profile, entry, self._answers(profile, entry, status), self.status) for entry in shown]
        return listing("commentThread", items, params, headers)

    def _is_listed(self, profile: Profile, entry: Entry, status: str) -> bool:
        if status == "published" or entry.deleted:
            return self.status(entry) == "published"
        return self.status(entry) == status or any(self.status(each) == status for each in self.answers(profile, entry))

    def _answers(self, profile: Profile, top: Entry, status: str) -> list[Entry]:
        return [each for each in self.answers(profile, top) if self.status(each) in {"published", status}]

    def _list_comments(self, profile: Profile, params: Params, headers: Mapping[str, str]) -> Answer:
        """By ids, what is gone is simply not there."""
        if params.get("id"):
            named = [profile.entries.get(id_) for id_ in str(params["id"]).split(",")]
            found = [entry for entry in named if entry and self.status(entry) in {"published", "heldForReview"}]
            return listing("comment", [comment(profile, each, self.status(each)) for each in found], params, headers)
        top = profile.entries.get(str(params.get("parentId", "")))
        if top is None or self.status(top) != "published":
            raise refuse(404, "commentNotFound", "The specified comment could not be found.")
        answers = self._answers(profile, top, "published")
        return listing("comment", [comment(profile, each) for each in answers], params, headers)

    # writing

    def _reply(self, profile: Profile, snippet: Params) -> Answer:
        """Only a thread can be answered: an answer's id as parent is refused."""
        if not snippet.get("parentId"):
            raise refuse(400, "parentIdMissing", "The snippet.parentId property is missing.")
        text, parent = _text(snippet), profile.entries.get(str(snippet["parentId"]))
        if parent is None or self.status(parent) != "published":
            raise refuse(404, "parentCommentNotFound", "The specified parent comment could not be found.")
        if parent.parent is not None:
            raise refuse(400, "processingFailure", "The API server failed to successfully process the request.")
        same = sum(each.by != "customer" and each.text == text for each in profile.entries.values())
        entry = self.add(profile, parent.place.where, "", "brand", text, parent)
        if same >= SAME_WORDS:
            self.silence(entry)
        return Answer(200, comment(profile, entry))

    def _moderate(self, profile: Profile, params: Params) -> Answer:
        ids, status = str(params.get("id", "")).split(","), str(params.get("moderationStatus", ""))
        if status not in {"published", "heldForReview", "rejected"} or not 0 < len(ids) <= IDS:
            raise refuse(400, "invalidParameter", "Invalid value.")
        if str(params.get("banAuthor", "")).lower() == "true" and status != "rejected":
            raise refuse(400, "banWithoutReject", "The banAuthor parameter can only be used with rejected.")
        for entry in [self._there(profile, id_) for id_ in ids]:
            if self.status(entry) == "rejected":
                raise refuse(400, "operationNotSupported", "A rejected comment stays rejected.")
            self.moderate(entry, status)
            self._world.changed(entry.place)
        return Answer(204, None)

    def _there(self, profile: Profile, id_: str) -> Entry:
        entry = profile.entries.get(id_)
        if entry is None or entry.deleted:
            raise refuse(404, "commentNotFound", "The specified comment could not be found.")
        return entry

    def _own(self, profile: Profile, id_: str) -> Entry:
        entry = self._there(profile, id_)
        if entry.by == "customer":
            raise refuse(403, "forbidden", "The comment is somebody else's.")
        return entry

    def _changed(self, entry: Entry, answer: Answer) -> Answer:
        self._world.changed(entry.place)
        return answer

    # tokens, and the hub

    def _caller(self, call: Call) -> Profile | None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        owner, ends = self._tokens.get(token, ("", 0.0))
        alive = ends > self._world.now().timestamp()
        return next(
            (
                profile
                for profile in self._world.of(self.channel)
                if scheme == "Bearer" and (token == profile.secret("token") or (alive and owner == profile.id))
            ),
            None,
        )

    def _token(self, params: Params) -> Answer:
        """https://oauth2.googleapis.com/token: `invalid_grant` for a refresh token that is nobody's."""
        for profile in self._world.of(self.channel):
            if params.get("refresh_token") != profile.secret("refresh_token"):
                continue
            if any(params.get(name) != profile.secret(name) for name in ("client_id", "client_secret")):
                return Answer(401, {"error": "invalid_client"}, outcome="invalid_client")
            token, life_s = f"ya29.{opaque(24)}", TOKEN_LIFE_S / self._rules().speed
            self._tokens[token] = (profile.id, self._world.now().timestamp() + life_s)
            return Answer(200, {"access_token": token, "expires_in": max(1, int(life_s)), "token_type": "Bearer"})
        told = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return Answer(400, told, outcome="invalid_grant")

    def _subscribe(self, params: Params) -> Answer:
        """Taken with 202, and asked for at the callback before anything is brought there."""
        topic = str(params.get("hub.topic", ""))
        profile = next((p for p in self._world.of(self.channel) if topic == HUB_TOPIC + p.id), None)
        if profile is None or params.get("hub.mode") != "subscribe" or not params.get("hub.callback"):
            return Answer(400, {"error": "hub.topic, hub.mode or hub.callback"}, outcome="invalid")
        secret, handshake = str(params.get("hub.secret", "")), self.handshake(profile)

        def verified(well: bool) -> None:
            if well:
                self.subscribed[profile.id] = secret

        return Answer(202, None, verification=Verification(profile, handshake, verified))

    def handshake(self, profile: Profile) -> Handshake:
        challenge = str(self._world.number())
        query = {"hub.mode": "subscribe", "hub.topic": HUB_TOPIC + profile.id, "hub.lease_seconds": str(LEASE_S)}
        return Handshake({**query, "hub.challenge": challenge}, challenge)

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        headers, secret = {"Content-Type": "application/atom+xml"}, self.subscribed.get(profile.id, "")
        if secret:
            headers["X-Hub-Signature"] = f"sha1={hmac.digest(secret.encode(), body, 'sha1').hex()}"
        return headers


def _snippet(params: Params) -> Params:
    snippet = params.get("snippet")
    return snippet if isinstance(snippet, dict) else {}


def _text(snippet: Params) -> str:
    text = str(snippet.get("textOriginal", "")).strip()
    if not text:
        raise refuse(400, "commentTextRequired", "The comment has no text.")
    if len(text) > TEXT_LIMIT:
        raise refuse(400, "commentTextTooLong", "The comment is too long.")
    return text
