"""Asking LinkedIn what is there: our own words after a lost answer, notifications that were missed, single comments.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api (checked 2026-11-27)
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from bot.model.action import Action, ListSince, ReplyToComment, fingerprint
from connectors.base import Account, Found, Listed, Request, SendError, Unsupported
from connectors.linkedin.notifications import (
    FETCH,
    VERIFY,
    Context,
    deleted,
    edited,
    read_comment,
    read_notification,
    stand_in_ended,
)
from connectors.linkedin.payloads import Comment, CommentList, beside, comment_urn
from connectors.linkedin.rest import call, comment_path, comments_path, organization

ACTIONS = "COMMENT,COMMENT_EDIT,COMMENT_DELETE,ADMIN_COMMENT,SHARE_MENTION"
PER_PAGE = 100
LOOK_BACK = timedelta(minutes=2)


def find(action: Action, account: Account) -> Request:
    if not isinstance(action, ReplyToComment):
        raise Unsupported(f"{action.kind} leaves no words to look for")
    root = action.conversation.root or action.comment_id
    return call(account, "GET", comments_path(comment_urn(root) or root), f"start=0&count={PER_PAGE}")


def found(action: ReplyToComment, body: dict[str, object], account: Account) -> Found | SendError | None:
    """A whole thread is read, so that what is not in it is not there; what names nobody can't be told to be ours."""
    elements = _elements(body)
    if elements is None:
        return None
    root = action.conversation.root or action.comment_id
    wanted = fingerprint(action.conversation, action.text)
    for raw in elements:
        comment = Comment.model_validate(raw if isinstance(raw, dict) else {})
        time = comment.created.time if comment.created else None
        text = comment.message.text if comment.message else ""
        late = time is None or time >= (action.earliest - LOOK_BACK).timestamp() * 1000
        ours = comment.actor in (None, organization(account))
        if ours and late and fingerprint(action.conversation, text) == wanted:
            named = comment.urn or comment.id
            return Found(external_id=beside(root, named) if named else None)
    if len(elements) >= PER_PAGE:
        return SendError(fault="unknown", code="not_found", detail="the answer does not reach to the end")
    return Found(external_id=None)


def listed(what: ListSince, body: dict[str, object], account: Account, now: datetime) -> Listed | None:
    context = Context(account, now)
    if what.what.startswith(VERIFY):
        return verified(what, Comment.model_validate(body), account, now)
    if what.what.startswith(FETCH):
        return Listed(found=read_comment(_first(what), Comment.model_validate(body), context))
    elements = _elements(body)
    if elements is None:
        return None
    cursor = str(int(what.cursor or 0) + PER_PAGE)
    more = (what.model_copy(update={"cursor": cursor}),) if len(elements) >= PER_PAGE else ()
    return Listed(found=tuple(read_notification(raw, context) for raw in elements if isinstance(raw, dict)), more=more)


def gone(what: ListSince, account: Account, now: datetime) -> Listed:
    """There is no such comment any more."""
    if what.what.startswith(FETCH):
        return Listed(found=(stand_in_ended(_first(what), Context(account, now)),))
    return verified(what, None, account, now)


def verified(what: ListSince, found: Comment | None, account: Account, now: datetime) -> Listed:
    """Whether a comment is still there, and as it was; then the next of them."""
    comment, context = _first(what), Context(account, now)
    _, _, rest = what.what.partition(",")
    more = (what.model_copy(update={"what": f"{VERIFY}{rest}"}),) if rest else ()
    if found is None:
        return Listed(found=(deleted(comment, None, context),), more=more)
    created = found.created.time if found.created else None
    modified = found.modified.time if found.modified else None
    changed = found.message is not None and modified is not None and created is not None and modified > created
    text = found.message.text if found.message else ""
    return Listed(found=(edited(comment, text, modified, context),) if changed else (), more=more)


def list_request(what: ListSince, account: Account, now: datetime) -> Request:
    """`what`: "" the notifications; `comment:<id>` one comment; `verify:<ids>` one after the other."""
    if what.what.startswith((FETCH, VERIFY)):
        return call(account, "GET", comment_path(_first(what)))
    if what.what:
        raise Unsupported(f"no list {what.what!r}")
    start, end = (int(at.timestamp() * 1000) for at in (what.since, now))
    query = (
        f"q=criteria&actions=List({ACTIONS})&organizationalEntity={quote(organization(account), safe='')}"
        f"&timeRange=(start:{start},end:{end})&start={what.cursor or 0}&count={PER_PAGE}"
    )
    return call(account, "GET", "organizationalEntityNotifications", query)


def _first(what: ListSince) -> str:
    return what.what.partition(":")[2].partition(",")[0]


def _elements(body: dict[str, object]) -> list[object] | None:
    elements = CommentList.model_validate(body).elements
    return None if elements is None else list(elements)
