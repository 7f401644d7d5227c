"""The shape of TikTok's deliveries and lists, as far as Aplomb reads them, and its names for comments.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

A call about a comment needs the video too, so that comments are known as `<video>_<comment>`.
"""

import re
from typing import Final

from pydantic import Field

from connectors.base import Unsupported
from connectors.wire import Flag, Id, Items, Maybe, Part, Several, Text, Whole, decode

_COMMENT = re.compile(r"(?P<video>[^_]+)_(?P<comment>[^_]+)")
NOTHING: Final = "0"
"""Stands for an id where there is none."""


class Envelope(Part):
    """`content` is JSON within JSON."""

    event: Text = ""
    create_time: Whole = None
    user_openid: Id = None
    content: Text = ""

    def inner(self) -> dict[str, object] | None:
        try:
            found = decode(self.content.encode())
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


class User(Part):
    id: Id = None
    role: Text = ""


class Words(Part):
    body: Text = ""


class Linked(Part):
    url: Id = None
    embed_url: Id = None


class Reaction(Part):
    operation: Text = ""
    emoji: Id = None
    timestamp: Whole = None
    original_msg_id: Id = None


class Referenced(Part):
    referenced_message_id: Id = None


class Tag(Part):
    source: Text = ""


class Read(Part):
    last_read_timestamp: Whole = None


class Message(Part):
    """A private message, delivered or listed. `from` and `to` are names to be shown."""

    conversation_id: Id = None
    message_id: Id = None
    sender_name: Text = Field(default="", alias="from")
    sender: Maybe[User] = Field(default=None, alias="from_user")
    timestamp: Whole = None
    type: Text = ""
    text: Maybe[Words] = None
    sticker: Maybe[Linked] = None
    share_post: Maybe[Linked] = None
    reaction: Several[Reaction] = ()
    answers: Maybe[Referenced] = Field(default=None, alias="referenced_message_info")
    tag: Maybe[Tag] = Field(default=None, alias="message_tag")
    read: Maybe[Read] = None


class CommentUpdate(Part):
    comment_id: Id = None
    video_id: Id = None
    parent_comment_id: Id = None
    comment_action: Text = ""
    unique_identifier: Id = None
    timestamp: Whole = None
    text: Id = None


class Mention(Part):
    type_of_event: Text = ""
    mention_type: Text = ""
    video_id: Id = None
    comment_id: Id = None
    unique_identifier: Id = None
    video_caption: Text = ""


class Listed(Part):
    """A comment as the lists show it. `owner`: the account itself wrote it."""

    comment_id: Id = None
    video_id: Id = None
    parent_comment_id: Id = None
    unique_identifier: Id = None
    display_name: Text = ""
    username: Text = ""
    create_time: Whole = None
    text: Text = ""
    owner: Flag = False
    replies: Whole = None


class Video(Part):
    item_id: Id = None
    create_time: Whole = None


class Conversation(Part):
    conversation_id: Id = None


class Data(Part):
    """The inner part of an answer. `cursor` counts on where there is more."""

    comment_id: Id = None
    message: Maybe[Message] = None
    message_id: Id = None
    comments: Items | None = None
    messages: Items | None = None
    conversations: Items | None = None
    videos: Items | None = None
    cursor: Id = None
    has_more: Flag = False
    access_token: Text = ""
    refresh_token: Text = ""
    expires_in: Whole = None
    display_name: Text = ""
    username: Text = ""
    callback_url: Text = ""
    webhooks: Several["Data"] | None = None


def key(video: str | None, comment: str | None) -> str | None:
    """How a comment is known; `None` where it is named by halves."""
    known = video not in (None, NOTHING) and comment not in (None, NOTHING)
    return f"{video}_{comment}" if known and "_" not in f"{video}{comment}" else None


def split(external_id: str) -> tuple[str, str]:
    """Video and comment. Raises `Unsupported` for what is no comment of TikTok's."""
    match = _COMMENT.fullmatch(external_id)
    if match is None:
        raise Unsupported(f"{external_id!r} is no comment of TikTok's")
    return match["video"], match["comment"]
