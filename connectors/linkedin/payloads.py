"""The shape of LinkedIn's notifications and comments, as far as Aplomb reads them, and its names for things.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api (checked 2026-11-27)

One thing has several names in one delivery (`urn:li:comment:(urn:li:activity:A,C)`, `urn:li:comment:(activity:A,C)`),
so that comments are known by their numbers: `A_C`. What is not under an activity is known by its own name.
"""

import re

from pydantic import Field

from connectors.wire import Id, Items, Maybe, Part, Text, Whole

_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(?P<kind>[A-Za-z]+):(?P<post>\d+),(?P<comment>\d+)\)")
_OURS = re.compile(r"(?P<post>\d+)_(?P<comment>\d+)")


class Owned(Part):
    """A comment or a share, as a notification decorates itself with it."""

    owner: Id = None
    text: Text = ""
    entity: Id = None
    object: Id = None


class Decorated(Part):
    comment: Maybe[Owned] = None
    share: Maybe[Owned] = None


class Notification(Part):
    id: Id = Field(default=None, alias="notificationId")
    action: Text = ""
    post: Id = Field(default=None, alias="sourcePost")
    activity: Id = Field(default=None, alias="generatedActivity")
    decorated: Maybe[Decorated] = Field(default=None, alias="decoratedGeneratedActivity")
    modified: Whole = Field(default=None, alias="lastModifiedAt")


class Delivery(Part):
    notifications: Items = ()


class Stamp(Part):
    time: Whole = None


class Message(Part):
    text: Text = ""


class Comment(Part):
    """A comment as the API shows it. `actor` may be missing."""

    id: Id = None
    actor: Id = None
    urn: Id = Field(default=None, alias="$URN")
    message: Maybe[Message] = None
    created: Maybe[Stamp] = None
    modified: Maybe[Stamp] = Field(default=None, alias="lastModified")
    parent: Id = Field(default=None, alias="parentComment")


class CommentList(Part):
    elements: Items | None = None


def comment_id(urn: str | None) -> str | None:
    """`A_C`; `None` for what is no comment's name."""
    match = _COMMENT.fullmatch(urn or "")
    return f"{match['post']}_{match['comment']}" if match else None


def comment_urn(comment: str) -> str | None:
    match = _OURS.fullmatch(comment)
    return f"urn:li:comment:(urn:li:activity:{match['post']},{match['comment']})" if match else None


def post_urn(root: str) -> str:
    """Where a thread hangs: the activity of a comment, or the share that its own name says."""
    match = _OURS.fullmatch(root)
    return f"urn:li:activity:{match['post']}" if match else root


def number_of(comment: str) -> str:
    """A comment's own number within its activity."""
    return comment.rpartition("_")[2]
