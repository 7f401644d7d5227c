"""What happens on X, as the Activity API and its older sister tell it.

https://docs.x.com/x-api/activity/event-payloads
https://docs.x.com/x-api/account-activity/introduction (checked 2026-11-27)

One post may come as a mention, a quote and an answer: it has one event's id. Who is labelled as automated is not
answered: two machines would talk to each other.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.model.event import AccountRevoked, Event, Unhandled
from connectors.base import Endpoint
from connectors.wire import label
from connectors.x.messages import read_chat, read_message, read_receipt
from connectors.x.payloads import (
    Activity,
    Chat,
    Deletion,
    DirectMessage,
    MarkRead,
    Messages,
    Older,
    OlderPost,
    Post,
    Revoke,
    User,
    Wrapped,
)
from connectors.x.posts import Context, read_deletion, read_older_post, read_post

AUTOMATED = "Automated"
POSTS = frozenset({"post.mention.create", "post.reply.create", "post.quote.create", "post.create"})
Found = Event | Unhandled


def users_of(raw: Iterable[object]) -> dict[str, User]:
    found: dict[str, User] = {}
    for each in raw:
        wrapped = Wrapped.model_validate(each if isinstance(each, dict) else {}).data
        user = wrapped or User.model_validate(each if isinstance(each, dict) else {})
        key = user.id_str or user.id
        if key:
            found[key] = user
    return found


def is_automated(user: User | None) -> bool:
    return user is not None and user.affiliation is not None and user.affiliation.description == AUTOMATED


def read_activity(raw: dict[str, object], endpoint: Endpoint, now: datetime) -> Found:
    """One event of the Activity API."""
    activity = Activity.model_validate(raw)
    payload = activity.payload or {}
    what = label_of(activity.event_type)
    if activity.event_type == "oauth.revoke":
        return _revoked(Revoke.model_validate(payload), endpoint, now)
    account = endpoint.account((activity.filter.user_id if activity.filter else None) or "")
    if account is None:
        return Unhandled(what="unknown_account", why="an account that this endpoint is not configured for")
    context = Context(account, now)
    people = users_of(activity.includes.users if activity.includes else ())
    match activity.event_type:
        case type_ if type_ in POSTS:
            post = Post.model_validate(payload)
            if is_automated(people.get(post.author_id or "")):
                return Unhandled(what="automated", why="posted by an account that says it is automated")
            return read_post(post, people, context) or Unhandled(what=what, why="no id, or nothing to answer")
        case "post.delete":
            found = Post.model_validate(payload)
            return read_deletion(found.id, found.author_id, None, context) or Unhandled(what=what, why="by the account")
        case "dm.received" | "dm.sent" | "dm.read":
            found_here = _messages(Messages.model_validate(payload), context)
            return found_here[0] if found_here else Unhandled(what=what, why="nothing in it")
        case "chat.received" | "chat.sent":
            return read_chat(Chat.model_validate(payload), context) or Unhandled(what=what, why="no id")
        case _:
            return Unhandled(what=what)


def label_of(event_type: str) -> str:
    """`post.like` keeps its dot."""
    return ".".join(label(part) for part in event_type.split(".")) if event_type else "other"


def read_older(body: dict[str, object], endpoint: Endpoint, now: datetime) -> list[Found]:
    """A delivery of the Account Activity API: lists of things, of one account."""
    older = Older.model_validate(body)
    if older.user_event is not None:
        return [_revoked(older.user_event.revoke or Revoke(), endpoint, now)]
    account = endpoint.account(older.for_user_id or "")
    if account is None:
        known = older.for_user_id is None and endpoint.accounts
        what, why = ("malformed", "about nobody") if known else ("unknown_account", "an account that is not configured")
        return [Unhandled(what=what, why=why)]
    context = Context(account, now)
    found = _messages(older, context)
    for raw in older.tweet_create_events:
        post = OlderPost.model_validate(_object(raw))
        found.append(read_older_post(post, context) or Unhandled(what="tweet_create", why="nothing to answer"))
    for raw in older.tweet_delete_events:
        found.append(read_deletion(*_deleted(raw), context) or Unhandled(what="tweet_delete", why="by the account"))
    found += [Unhandled(what="typing") for _ in older.direct_message_indicate_typing_events]
    if found:
        return found
    return [Unhandled(what=label(next((key for key in body if key not in ("for_user_id", "users")), None)))]


def _object(raw: object) -> dict[str, object]:
    return raw if isinstance(raw, dict) else {}


def _deleted(raw: object) -> tuple[str | None, str | None, int | None]:
    deletion = Deletion.model_validate(_object(raw))
    status = deletion.status
    return (status.id if status else None), (status.user_id if status else None), deletion.timestamp_ms


def _messages(found: Messages, context: Context) -> list[Found]:
    people = users_of(found.users.values() if found.users else ())
    messages = [DirectMessage.model_validate(_object(raw)) for raw in found.direct_message_events]
    read: list[Found] = []
    for message in messages:
        sender = message.message_create.sender_id if message.message_create else None
        if sender != context.own and is_automated(people.get(sender or "")):
            read.append(Unhandled(what="automated", why="written by an account that says it is automated"))
        else:
            known = people.get(sender or "")
            read.append(read_message(message, known, context) or Unhandled(what="dm", why="no id, or nobody"))
    receipts = [MarkRead.model_validate(_object(raw)) for raw in found.direct_message_mark_read_events]
    return [*read, *(read_receipt(each, context) or Unhandled(what="dm.read", why="by us") for each in receipts)]


def _revoked(revoke: Revoke, endpoint: Endpoint, now: datetime) -> Found:
    user = revoke.user_id or (revoke.source.user_id if revoke.source else None)
    account = endpoint.account(user or "")
    if account is None:
        return Unhandled(what="unknown_account", why="somebody else took back their permission")
    context = Context(account, now)
    return AccountRevoked(
        id=context.id("o", user, revoke.date_time),
        account=account.id,
        occurred_at=revoke.date_time or now,
        received_at=now,
        why="the account took back its permission",
    )
