"""The shape of LinkedIn's notifications and comments, as far as Aplomb reads them, and its names for things.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api (checked 2026-11-27)

One thing has several names in one delivery (`urn:li:comment:(urn:li:activity:A,C)`, `urn:li:comment:(activity:A,C)`),
so that comments are known by their numbers, the activity's and their own: `A_C`. Where only another name of the post is
told, its kind stands before: `ugcPost:U_C`.
"""

import re
from urllib.parse import unquote

from pydantic import Field

from connectors.wire import Id, Items, Maybe, Part, Text, Whole

_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(?P<kind>[A-Za-z]+):(?P<post>\d+),(?P<comment>\d+)\)")
_OURS = re.compile(r"(?:(?P<kind>[A-Za-z]+):)?(?P<post>\d+)_(?P<comment>\d+)")
_ACTIVITY = "urn:li:activity:"


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
    type: Text = ""
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


def comment_id(urn: str | None, post: str | None = None) -> str | None:
    """As a comment is known; `None` for what is no comment's name. `post`: what the delivery says it is under."""
    match = _COMMENT.fullmatch(urn or "")
    if match is None:
        return None
    activity = (post or "").removeprefix(_ACTIVITY)
    if match["kind"] == "activity" or not activity.isdecimal():
        kind = "" if match["kind"] == "activity" else f"{match['kind']}:"
        return f"{kind}{match['post']}_{match['comment']}"
    return f"{activity}_{match['comment']}"


def beside(root: str, named: str) -> str:
    """As a comment is known that hangs from the same post as `root`. `named`: its name, or only its number."""
    name = comment_id(unquote(named))
    if _OURS.fullmatch(root) is None:
        return name or f"{root.removeprefix('urn:li:')}_{named}"
    return f"{root.rpartition('_')[0]}_{number_of(name or named)}"


def comment_urn(comment: str) -> str | None:
    match = _OURS.fullmatch(comment)
    return f"urn:li:comment:({post_urn(comment)},{match['comment']})" if match else None


def post_urn(root: str) -> str:
    """Where a thread hangs: the activity of a comment, or the share that its own name says."""
    match = _OURS.fullmatch(root)
    return f"urn:li:{match['kind'] or 'activity'}:{match['post']}" if match else root


def number_of(comment: str) -> str:
    """A comment's own number within its activity."""
    return comment.rpartition("_")[2]
