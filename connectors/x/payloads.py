"""The shape of X's deliveries and answers, as far as Aplomb reads them.

https://docs.x.com/x-api/activity/introduction
https://docs.x.com/x-api/account-activity/introduction (checked 2026-11-27)
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.wire import Id, Ids, Items, Maybe, Part, Several, Text, Whole


def _time(value: object) -> datetime | None:
    """ISO 8601, or as the older API writes it: `Wed Jul 22 12:00:00 +0000 2026`."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    try:
        found = found or datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


Time = Annotated[datetime | None, BeforeValidator(_time)]


class Affiliation(Part):
    description: Text = ""


class User(Part):
    id: Id = None
    id_str: Id = None
    name: Text = ""
    username: Text = ""
    screen_name: Text = ""
    affiliation: Maybe[Affiliation] = None


class Wrapped(Part):
    """The Activity API wraps a user in `data`, or does not."""

    data: Maybe[User] = None


class Reference(Part):
    type: Text = ""
    id: Id = None


class Post(Part):
    id: Id = None
    text: Text = ""
    author_id: Id = None
    conversation_id: Id = None
    created_at: Time = None
    in_reply_to_user_id: Id = None
    in_reply_to_tweet_id: Id = None
    referenced_tweets: Several[Reference] = ()
    edit_history_tweet_ids: Ids = ()

    @property
    def answers(self) -> str | None:
        replied = next((each.id for each in self.referenced_tweets if each.type == "replied_to"), None)
        return self.in_reply_to_tweet_id or replied


class Extended(Part):
    full_text: Text = ""


class OlderPost(Part):
    id_str: Id = None
    text: Text = ""
    extended_tweet: Maybe[Extended] = None
    user: Maybe[User] = None
    created_at: Time = None
    in_reply_to_status_id_str: Id = None
    in_reply_to_user_id_str: Id = None
    retweeted_status: Maybe[Part] = None


class Target(Part):
    recipient_id: Id = None


class MessageData(Part):
    text: Text = ""
    attachment: Maybe[Part] = None


class MessageCreate(Part):
    target: Maybe[Target] = None
    sender_id: Id = None
    source_app_id: Id = None
    message_data: Maybe[MessageData] = None


class DirectMessage(Part):
    id: Id = None
    type: Text = ""
    created_timestamp: Whole = None
    message_create: Maybe[MessageCreate] = None


class MarkRead(Part):
    sender_id: Id = None
    created_timestamp: Whole = None
    last_read_event_id: Id = None


class Deleted(Part):
    id: Id = None
    user_id: Id = None


class Deletion(Part):
    status: Maybe[Deleted] = None
    timestamp_ms: Whole = None


class Source(Part):
    user_id: Id = None


class Revoke(Part):
    date_time: Time = None
    user_id: Id = None
    source: Maybe[Source] = None


class UserEvent(Part):
    revoke: Maybe[Revoke] = None


class Chat(Part):
    id: Id = None
    created_at_msec: Whole = None
    sender_id: Id = None
    conversation_id: Id = None


class Filter(Part):
    user_id: Id = None


class Includes(Part):
    users: Items = ()


class Activity(Part):
    event_uuid: Id = None
    event_type: Text = ""
    filter: Maybe[Filter] = None
    payload: Maybe[dict[str, object]] = None
    includes: Maybe[Includes] = None


class Messages(Part):
    """What private messages are wrapped in, in both APIs."""

    direct_message_events: Items = ()
    direct_message_mark_read_events: Items = ()
    users: Maybe[dict[str, object]] = None


class Older(Messages):
    for_user_id: Id = None
    tweet_create_events: Items = ()
    tweet_delete_events: Items = ()
    direct_message_indicate_typing_events: Items = ()
    user_event: Maybe[UserEvent] = None


class Problem(Part):
    """An error, in either of X's forms."""

    title: Text = ""
    detail: Text = ""
    type: Text = ""
    status: Whole = None
    code: Whole = None
    message: Text = ""
    resource_id: Id = None


class Sent(Part):
    id: Id = None
    dm_event_id: Id = None
    username: Text = ""
    hidden: object = None
    deleted: object = None
    liked: object = None


class Meta(Part):
    next_token: Id = None


class Listing(Part):
    data: Items | None = None
    includes: Maybe[Includes] = None
    errors: Several[Problem] = ()
    meta: Maybe[Meta] = None


class ListedMessage(Part):
    """A private message as the API lists it."""

    id: Id = None
    text: Text = ""
    sender_id: Id = None
    dm_conversation_id: Id = None
    created_at: Time = None
    event_type: Text = Field(default="")
