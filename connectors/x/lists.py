"""Asking X what is there: our own words after a lost answer, what was missed, and what may still be kept.

https://docs.x.com/x-api/users/get-mentions
https://docs.x.com/x-api/direct-messages/get-dm-events
https://docs.x.com/x-api/posts/get-posts-by-ids (checked 2026-11-27)
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.model.action import Action, ListSince, ReplyToComment, SendMessage, fingerprint
from bot.model.event import Event, Unhandled
from connectors.base import Account, Found, Listed, SendError, Unsupported
from connectors.x.activity import is_automated, users_of
from connectors.x.messages import read_message
from connectors.x.payloads import DirectMessage, ListedMessage, Listing, MessageCreate, MessageData, Post, Target
from connectors.x.posts import Context, read_deletion, read_post, without_names

POST_FIELDS = "author_id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets,edit_history_tweet_ids"
MESSAGE_FIELDS = "id,text,sender_id,created_at,dm_conversation_id,event_type"
MESSAGES, VERIFY = "messages", "verify:"
PER_PAGE = 100
LOOK_BACK = timedelta(minutes=2)
Ask = tuple[str, tuple[str, ...], Mapping[str, object] | None, str]
"""Method, path, body and query."""


def find(action: Action, account: Account) -> Ask:
    """Raises `Unsupported` for an action without words."""
    match action:
        case ReplyToComment():
            query = urlencode({"max_results": PER_PAGE, "tweet.fields": POST_FIELDS})
            return "GET", ("users", account.id.external_id, "tweets"), None, query
        case SendMessage():
            user = action.conversation.contact.user
            query = urlencode({"max_results": PER_PAGE, "dm_event.fields": MESSAGE_FIELDS})
            return "GET", ("dm_conversations", "with", user, "dm_events"), None, query
        case _:
            raise Unsupported(f"{action.kind} leaves no words to look for")


def found(action: Action, body: dict[str, object], account: Account) -> Found | SendError | None:
    """Links come back shortened, so that words with one can't be told to be missing."""
    listing = Listing.model_validate(body)
    if listing.data is None or not isinstance(body.get("data"), list):
        nothing = "data" not in body and listing.meta is not None
        return Found(external_id=None) if nothing else None
    text = getattr(action, "text", "")
    wanted, since = fingerprint(action.conversation, text), action.earliest - LOOK_BACK
    for raw in listing.data:
        said, author, at, id_ = _said(action, raw)
        ours = author in (None, account.id.external_id) and (at is None or at >= since)
        if ours and fingerprint(action.conversation, said) == wanted:
            return Found(external_id=id_)
    if "://" in text or len(listing.data) >= PER_PAGE:
        return SendError(fault="unknown", code="not_found", detail="what was read does not prove that it is missing")
    return Found(external_id=None)


def _said(action: Action, raw: object) -> tuple[str, str | None, datetime | None, str | None]:
    node = raw if isinstance(raw, dict) else {}
    if isinstance(action, SendMessage):
        message = ListedMessage.model_validate(node)
        return message.text, message.sender_id, message.created_at, message.id
    post = Post.model_validate(node)
    return without_names(post), post.author_id, post.created_at, post.id


def list_request(what: ListSince, account: Account) -> Ask:
    """`what`: "" the posts that mention or answer the account; `messages`; `verify:<ids>`."""
    more = {"pagination_token": what.cursor} if what.cursor else {}
    if what.what == "":
        since = what.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {"start_time": since, "tweet.fields": POST_FIELDS, "expansions": "author_id"}
        asked |= {"user.fields": "affiliation,name,username", "max_results": str(PER_PAGE), **more}
        return "GET", ("users", account.id.external_id, "mentions"), None, urlencode(asked)
    if what.what == MESSAGES:
        asked = {"event_types": "MessageCreate", "dm_event.fields": MESSAGE_FIELDS, "max_results": str(PER_PAGE)}
        return "GET", ("dm_events",), None, urlencode({**asked, **more})
    if what.what.startswith(VERIFY):
        return "GET", ("tweets",), None, urlencode({"ids": what.what.removeprefix(VERIFY)})
    raise Unsupported(f"no list {what.what!r}")


def listed(what: ListSince, body: dict[str, object], account: Account, now: datetime) -> Listed | None:
    """`None`: not in the documented shape."""
    listing, context = Listing.model_validate(body), Context(account, now)
    if listing.data is None and listing.meta is None and not listing.errors:
        return None
    nodes = [raw if isinstance(raw, dict) else {} for raw in listing.data or ()]
    if what.what.startswith(VERIFY):
        gone = [read_deletion(each.resource_id, None, None, context) for each in listing.errors]
        return Listed(found=tuple(each for each in gone if each is not None))
    token = listing.meta.next_token if listing.meta else None
    more = [what.model_copy(update={"cursor": token})] if token else []
    if what.what == MESSAGES:
        return _messages(what, nodes, more, context)
    people = users_of(listing.includes.users if listing.includes else ())
    posts = [Post.model_validate(node) for node in nodes]
    read = [read_post(post, people, context) for post in posts if not is_automated(people.get(post.author_id or ""))]
    if what.cursor is None:
        more.append(what.model_copy(update={"what": MESSAGES}))
    return Listed(found=tuple(each for each in read if each is not None), more=tuple(more))


def _messages(what: ListSince, nodes: list[dict[str, object]], more: list[ListSince], context: Context) -> Listed:
    """Newest first: a page that ends before `since` is the last."""
    messages = [ListedMessage.model_validate(node) for node in nodes]
    recent = [each for each in messages if each.created_at is None or each.created_at >= what.since]
    found: list[Event | Unhandled] = []
    for message in reversed(recent):
        others = [each for each in (message.dm_conversation_id or "").split("-") if each != context.own]
        recipient = others[0] if message.sender_id == context.own and others else context.own
        made = MessageCreate.model_construct(
            target=Target.model_construct(recipient_id=recipient),
            sender_id=message.sender_id,
            message_data=MessageData.model_construct(text=message.text),
        )
        at_ms = int(message.created_at.timestamp() * 1000) if message.created_at else None
        read = read_message(
            DirectMessage.model_construct(id=message.id, created_timestamp=at_ms, message_create=made), None, context
        )
        if read is not None:
            found.append(read)
    return Listed(found=tuple(found), more=tuple(more) if len(recent) == len(messages) else ())
