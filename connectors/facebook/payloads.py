"""The shape of what changes on a page, as far as Aplomb reads it.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/ (checked 2026-11-22)
"""

from pydantic import Field

from connectors.meta.payloads import Party
from connectors.wire import Id, Maybe, Part, Text, Whole


class Value(Part):
    """What changed. `from` may be absent; older shapes say `sender_id` (and ratings `reviewer_id`) instead."""

    item: Text = ""
    verb: Text = ""
    author: Maybe[Party] = Field(default=None, alias="from")
    sender_id: Id = None
    sender_name: Text = ""
    post_id: Id = None
    comment_id: Id = None
    parent_id: Id = None
    """The post's id for a comment directly beneath it, else the id of the comment it answers."""
    message: Text = ""
    created_time: Whole = None
    photo: Id = None
    video: Id = None
    reaction_type: Id = None
    reviewer_id: Id = None
    reviewer_name: Text = ""
    review_text: Text = ""
    rating: Whole = None
    recommendation_type: Text = ""
    open_graph_story_id: Id = None


class Change(Part):
    field: Text = ""
    value: Maybe[Value] = None
