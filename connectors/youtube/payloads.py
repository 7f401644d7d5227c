"""The shape of YouTube's comments, as far as Aplomb reads them.

https://developers.google.com/youtube/v3/docs/comments and …/commentThreads (checked 2026-11-27)
"""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.wire import Id, Items, Maybe, Part, Several, Text, Whole

_TAG = re.compile(r"</?(?:a|b|i|s|span)(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
"""Before it there was no YouTube."""


def as_time(value: object) -> datetime | None:
    """RFC 3339; anything else: absent."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        found = found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return found if found and found >= EARLIEST else None


Time = Annotated[datetime | None, BeforeValidator(as_time)]


class Author(Part):
    value: Id = None


class CommentSnippet(Part):
    channel_id: Id = Field(None, alias="channelId")
    """Whose video, or channel, it stands under."""
    video_id: Id = Field(None, alias="videoId")
    parent_id: Id = Field(None, alias="parentId")
    author_channel_id: Maybe[Author] = Field(None, alias="authorChannelId")
    author_display_name: Text = Field("", alias="authorDisplayName")
    text_original: Text = Field("", alias="textOriginal")
    text_display: Text = Field("", alias="textDisplay")
    moderation_status: Text = Field("", alias="moderationStatus")
    """Told to the channel's owner only."""
    published_at: Time = Field(None, alias="publishedAt")
    updated_at: Time = Field(None, alias="updatedAt")
    image_url: Id = Field(None, alias="imageUrl")

    @property
    def text(self) -> str:
        """`textOriginal` is documented for the author alone, and comes for everybody. `textDisplay` may hold markup."""
        return self.text_original or unescape(_TAG.sub("", _BREAK.sub("\n", self.text_display)))

    @property
    def author(self) -> str | None:
        return self.author_channel_id.value if self.author_channel_id else None


class Comment(Part):
    id: Id = None
    snippet: Maybe[CommentSnippet] = None


class ThreadSnippet(Part):
    video_id: Id = Field(None, alias="videoId")
    top_level_comment: Maybe[Comment] = Field(None, alias="topLevelComment")
    total_reply_count: Whole = Field(None, alias="totalReplyCount")


class Replies(Part):
    comments: Several[Comment] = ()
    """At most five, whatever the count says."""


class Thread(Part):
    id: Id = None
    snippet: Maybe[ThreadSnippet] = None
    replies: Maybe[Replies] = None


class Page(Part):
    """The answer to a list call. `kind` names what it lists."""

    kind: Text = ""
    etag: Id = None
    next_page_token: Id = Field(None, alias="nextPageToken")
    items: Items = ()


def read_page(body: object) -> Page | None:
    """`None`: not the answer to a list call. Google leaves out a list that is empty."""
    if not isinstance(body, dict):
        return None
    page = Page.model_validate(body)
    return page if isinstance(body.get("items"), list) or page.kind.endswith("ListResponse") else None
