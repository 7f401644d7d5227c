"""The shapes of Telegram's updates, objects and errors.

https://core.telegram.org/bots/api, and the server's own source, https://github.com/tdlib/telegram-bot-api
(checked 2026-11-22)
"""

from datetime import datetime
from typing import Any

from sandbox.exchange import Answer, Refused
from sandbox.world import DM, Customer, Entry, Post, Profile, discussion_of, number_of

SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
"""Who forwards channel posts into the discussion group."""
ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}

Object = dict[str, Any]


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def external_id(room: int | str, message_id: int) -> str:
    """Message ids count within a chat only."""
    return f"{room}:{message_id}"


def room_of(entry: Entry) -> str:
    """Its chat, or `<chat>@<connection>`: a customer's chat with the business account that the bot answers for."""
    return entry.external_id.rpartition(":")[0]


def connection_of(room: str) -> str:
    return room.partition("@")[2]


def chat_of(entry: Entry) -> int:
    return int(room_of(entry).partition("@")[0])


def message_id(entry: Entry) -> int:
    return int(entry.external_id.rpartition(":")[2])


def bot(profile: Profile) -> Object:
    number = number_of(profile.id)
    return {
        "id": number,
        "is_bot": True,
        "first_name": profile.settings.name,
        "username": f"brand_{number % 10_000}_bot",
    }


def owner(profile: Profile, connection: str) -> Object:
    """Whose business account it is."""
    return {"id": number_of(connection), "is_bot": False, "first_name": profile.settings.name}


def user(customer: Customer) -> Object:
    first, _, last = customer.name.partition(" ")
    person: Object = {"id": int(customer.id.partition("@")[0]), "is_bot": False, "first_name": first}
    if last:
        person["last_name"] = last
    return {**person, "language_code": customer.language}


def chat(profile: Profile, chat_id: int, room: str = "") -> Object:
    channel, group = discussion_of(profile.id)
    name = profile.settings.name
    if chat_id == channel:
        return {"id": channel, "title": name, "type": "channel"}
    if chat_id == group:
        return {"id": group, "title": f"{name} Chat", "type": "supergroup"}
    if chat_id < 0:
        return {"id": chat_id, "title": f"Chat {chat_id}", "type": "supergroup" if chat_id < -(10**12) else "group"}
    person = user(profile.customer(room or str(chat_id), None))
    return {key: value for key, value in person.items() if key not in {"is_bot", "language_code"}} | {"type": "private"}


def message(profile: Profile, entry: Entry, *, nested: bool = False) -> Object:
    """A message as Telegram shows it to the bot. Of a message that answers another, one level is shown."""
    said: Object = {"message_id": message_id(entry), **_author(profile, entry)}
    said |= {"chat": chat(profile, chat_of(entry), room_of(entry)), "date": seconds(entry.at)}
    if connection := connection_of(room_of(entry)):
        said["business_connection_id"] = connection
    post = profile.posts.get(entry.place.where)
    if post and post.copied_as:
        said["message_thread_id"] = post.copied_as
    if entry.edited_at:
        said["edit_date"] = seconds(entry.edited_at)
    if not nested:
        parent = profile.entries.get(entry.parent or "")
        if parent:
            said["reply_to_message"] = message(profile, parent, nested=True)
        elif post and post.copied_as:
            said["reply_to_message"] = automatic_forward(profile, post)
    said["text"] = entry.text
    command = entry.text.partition(" ")[0]
    if command.startswith("/") and len(command) > 1:
        said["entities"] = [{"offset": 0, "length": len(command), "type": "bot_command"}]
    return said


def _author(profile: Profile, entry: Entry) -> Object:
    connection = connection_of(room_of(entry))
    if connection and entry.by != "customer":
        by_bot: Object = {"sender_business_bot": bot(profile)} if entry.by == "brand" else {}
        return {"from": owner(profile, connection), **by_bot}
    if entry.by == "brand":
        return {"from": bot(profile)}
    group = chat(profile, discussion_of(profile.id)[1])
    if entry.by == "person":
        return {"from": ANONYMOUS_ADMIN, "sender_chat": group}
    if entry.anonymous:
        other = {"id": -(1_004_000_000_000 + int(entry.author) % 10**9), "title": entry.name, "type": "channel"}
        return {"from": CHANNEL_BOT, "sender_chat": other}
    return {"from": user(profile.customer(entry.author, None))}


def channel_post(profile: Profile, post: Post) -> Object:
    channel = chat(profile, discussion_of(profile.id)[0])
    number = int(post.id.rpartition(":")[2])
    return {"message_id": number, "sender_chat": channel, "chat": channel, "date": seconds(post.at), "text": post.text}


def automatic_forward(profile: Profile, post: Post) -> Object:
    """The copy of a channel post in the linked group, under which comments are written."""
    channel, group = (chat(profile, chat_id) for chat_id in discussion_of(profile.id))
    number, date = int(post.id.rpartition(":")[2]), seconds(post.at)
    return {
        "message_id": post.copied_as,
        "from": SERVICE,
        "sender_chat": channel,
        "chat": group,
        "date": date + 1,
        "forward_origin": {"type": "channel", "chat": channel, "message_id": number, "date": date},
        "is_automatic_forward": True,
        "forward_from_chat": channel,
        "forward_from_message_id": number,
        "forward_date": date,
        "text": post.text,
    }


def membership(profile: Profile, customer: Customer, at: datetime, blocked: bool) -> Object:
    """The customer has blocked the bot, or let it in again."""
    kicked = {"user": bot(profile), "status": "kicked", "until_date": 0}
    member = {"user": bot(profile), "status": "member"}
    return {
        "chat": chat(profile, int(customer.id)),
        "from": user(customer),
        "date": seconds(at),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }


def reaction(
    profile: Profile, entry: Entry, customer: Customer, at: datetime, old: str | None, new: str | None
) -> Object:
    return {
        "chat": chat(profile, chat_of(entry)),
        "message_id": message_id(entry),
        "user": user(customer),
        "date": seconds(at),
        "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
        "new_reaction": [{"type": "emoji", "emoji": new}] if new else [],
    }


def deleted(profile: Profile, entry: Entry) -> Object:
    """Of the chat of a business account; of other chats a bot is not told."""
    room = room_of(entry)
    shown = chat(profile, chat_of(entry), room)
    return {"business_connection_id": connection_of(room), "chat": shown, "message_ids": [message_id(entry)]}


def is_private(entry: Entry) -> bool:
    return entry.place.where == DM


def ok(result: Any) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def error(status: int, description: str, retry_after: int | None = None) -> Answer:
    body: Object = {"ok": False, "error_code": status, "description": description}
    headers = {}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
        headers["Retry-After"] = str(retry_after)
    return Answer(status, body, headers, outcome=str(status))


def too_many(retry_after: int) -> Answer:
    return error(429, f"Too Many Requests: retry after {retry_after}", retry_after)


def refuse(status: int, text: str) -> Refused:
    return Refused(error(status, f"{'Forbidden' if status == 403 else 'Bad Request'}: {text}"))
