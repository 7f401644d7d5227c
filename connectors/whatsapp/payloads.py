"""The shape of WhatsApp's deliveries, as far as Aplomb reads them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (checked
2026-11-27)

Times are strings of Unix seconds. Since 2026 a person may hide their number behind a user name: then `from` and `wa_id`
are absent, and a business-scoped user id (BSUID) stands for them.
"""

from pydantic import Field

from connectors.wire import Flag, Id, Items, Maybe, Part, Several, Text, Whole


class Profile(Part):
    name: Text = ""


class Contact(Part):
    profile: Maybe[Profile] = None
    wa_id: Id = None
    user_id: Id = None


class Metadata(Part):
    phone_number_id: Id = None


class WabaInfo(Part):
    waba_id: Id = None


class Fault(Part):
    code: Whole = None
    title: Text = ""


class Body(Part):
    body: Text = ""


class Media(Part):
    caption: Text = ""
    filename: Text = ""
    url: Id = None


class Choice(Part):
    id: Id = None
    title: Text = ""


class FlowAnswer(Part):
    body: Text = ""
    response_json: Id = None


class Interactive(Part):
    button_reply: Maybe[Choice] = None
    list_reply: Maybe[Choice] = None
    nfm_reply: Maybe[FlowAnswer] = None


class Button(Part):
    text: Text = ""
    payload: Id = None


class Reaction(Part):
    message_id: Id = None
    emoji: Text = ""


class Location(Part):
    name: Text = ""
    address: Text = ""


class Order(Part):
    text: Text = ""


class System(Part):
    """`wa_id` and `user_id` are the new ones."""

    type: Text = ""
    wa_id: Id = None
    user_id: Id = None
    previous_user_id: Id = None


class Reference(Part):
    id: Id = None
    forwarded: Flag = False


class Words(Part):
    """What a message may hold, also one inside of an edit."""

    type: Text = ""
    text: Maybe[Body] = None
    image: Maybe[Media] = None
    video: Maybe[Media] = None
    audio: Maybe[Media] = None
    document: Maybe[Media] = None
    sticker: Maybe[Media] = None
    interactive: Maybe[Interactive] = None
    button: Maybe[Button] = None
    location: Maybe[Location] = None
    order: Maybe[Order] = None
    contacts: Items = ()

    @property
    def media(self) -> Media | None:
        return self.image or self.video or self.audio or self.document or self.sticker


class Edit(Part):
    original_message_id: Id = None
    message: Maybe[Words] = None


class Revoke(Part):
    original_message_id: Id = None


class Message(Words):
    id: Id = None
    timestamp: Whole = None
    sender: Id = Field(default=None, alias="from")
    sender_user_id: Id = Field(default=None, alias="from_user_id")
    to: Id = None
    to_user_id: Id = None
    group_id: Id = None
    context: Maybe[Reference] = None
    reaction: Maybe[Reaction] = None
    system: Maybe[System] = None
    edit: Maybe[Edit] = None
    revoke: Maybe[Revoke] = None


class Status(Part):
    id: Id = None
    status: Text = ""
    timestamp: Whole = None
    recipient_id: Id = None
    recipient_user_id: Id = None
    recipient_type: Text = ""
    biz_opaque_callback_data: Id = None
    errors: Several[Fault] = ()


class Value(Part):
    metadata: Maybe[Metadata] = None
    contacts: Several[Contact] = ()
    messages: Items = ()
    statuses: Items = ()
    message_echoes: Items = ()
    user_preferences: Items = ()
    errors: Several[Fault] = ()
    event: Text = ""
    waba_info: Maybe[WabaInfo] = None


class Change(Part):
    field: Text = ""
    value: Maybe[Value] = None


class Entry(Part):
    id: Id = None
    time: Whole = None
    changes: Items = ()


class Delivery(Part):
    entry: Items = ()
