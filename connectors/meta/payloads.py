"""The shape of Meta's deliveries of messages, as far as Aplomb reads them.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks (checked 2026-11-22)
"""

from connectors.wire import Flag, Id, Ids, Items, Maybe, Part, Several, Text, Whole


class Entry(Part):
    """What happened on one page. Which of the three lists is there says what kind of items it holds."""

    id: Id = None
    time: Whole = None
    """When Meta sent it: milliseconds beside `messaging` and `standby`, seconds beside `changes`."""
    messaging: Items = ()
    standby: Items = ()
    changes: Items = ()


class Party(Part):
    id: Id = None
    name: Text = ""


class Button(Part):
    """A quick reply, or a postback."""

    mid: Id = None
    title: Text = ""
    payload: Id = None


class Reference(Part):
    mid: Id = None


class AttachmentPayload(Part):
    url: Id = None


class AttachmentPart(Part):
    type: Id = None
    payload: Maybe[AttachmentPayload] = None
    url: Id = None


class Message(Part):
    mid: Id = None
    text: Text = ""
    quick_reply: Maybe[Button] = None
    reply_to: Maybe[Reference] = None
    attachments: Several[AttachmentPart] = ()
    is_echo: Flag = False
    is_deleted: Flag = False
    app_id: Id = None
    metadata: Id = None


class Edit(Part):
    mid: Id = None
    text: Text = ""
    num_edit: Whole = None


class Reaction(Part):
    mid: Id = None
    action: Text = ""
    reaction: Id = None
    emoji: Id = None


class Receipt(Part):
    """Everything sent until `watermark` (ms) was delivered or read."""

    watermark: Whole = None
    mids: Ids = ()


class Control(Part):
    new_owner_app_id: Id = None


class Item(Part):
    """A Messenger item: who, to whom, when, and one of the parts below, or one that Aplomb has no event for."""

    sender: Maybe[Party] = None
    recipient: Maybe[Party] = None
    timestamp: Whole = None
    message: Maybe[Message] = None
    postback: Maybe[Button] = None
    reaction: Maybe[Reaction] = None
    message_edit: Maybe[Edit] = None
    read: Maybe[Receipt] = None
    delivery: Maybe[Receipt] = None
    pass_thread_control: Maybe[Control] = None
    take_thread_control: Maybe[Control] = None
