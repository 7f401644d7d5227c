"""What somebody said, in private, under a channel's post or in a group.

https://core.telegram.org/bots/api#message (checked 2026-11-22)
https://core.telegram.org/api/discussion (checked 2026-11-22)

A channel's comments are messages of its discussion group. They lie flat under the post, whatever they answer, so the
message that the thread hangs from (Telegram's own forward of the post) is the root of every conversation beneath it.
"""

from telegram import Message

from bot.model.event import (
    CommentReceived,
    Echoed,
    Event,
    MentionReceived,
    MessageEdited,
    MessageReceived,
    Unhandled,
)
from bot.model.ids import ConversationId
from connectors.telegram.context import Context
from connectors.telegram.payloads import Post, names
from connectors.wire import digest


def read_message(message: Message, context: Context) -> Event | Unhandled:
    post = Post.of(message, context.bot)
    if refused := _nobodys_words(post):
        return refused
    if not post.text and not post.attachments:
        return Unhandled(what="service_message")
    if post.by_owner:
        return _owners(post, context)
    if post.private:
        return _private_message(post, context)
    if _by_brand(post, context):
        return _echo(post, context)
    if _perhaps_brand(post, context):
        return Unhandled(what="unknown_channel", why="it may be the brand's own: the setting `channel` tells")
    if _is_comment(post, context):
        return _comment(post, context)
    if names(message, context.bot, context.username):
        return _mention(post, context)
    return Unhandled(what="group_message", why="no comment, and the bot is not named in it")


def _nobodys_words(post: Post) -> Unhandled | None:
    if post.automatic_forward:
        return Unhandled(what="automatic_forward", why="the channel's own post, in its discussion group")
    if post.migrates:
        return Unhandled(what="migration", why="the group has a new id from now on")
    if post.author is not None and post.author.is_bot:
        return Unhandled(what="bot_message", why="bots don't talk to bots")
    return None


def _by_brand(post: Post, context: Context) -> bool:
    """An anonymous admin writes in the group's name, the owner of the channel in the channel's: both are the brand."""
    if post.as_chat is None:
        return False
    return post.as_chat in (post.chat, post.channel) or str(post.as_chat) in context.listed("channel")


def _perhaps_brand(post: Post, context: Context) -> bool:
    """A channel's words where nothing tells the brand's channel: the bot must not answer its own house."""
    return post.as_chat is not None and post.channel is None and not context.listed("channel")


def _is_comment(post: Post, context: Context) -> bool:
    """A message beneath a channel's post.

    Directly beneath it the message shows the post; an answer to another comment looks like any answer in any group. The
    setting `discussion` names the groups where these are comments; without it they are in every supergroup. An answer
    to the bot's own words is always one.
    """
    if post.thread is None:
        return False
    groups = context.listed("discussion")
    in_discussion = str(post.chat) in groups if groups else post.supergroup
    return in_discussion or post.answers_forward or post.answers_us


def _parent(post: Post) -> str | None:
    """The comment it answers; `None` directly under the post."""
    if post.answers is None or post.answers_forward or post.answers == post.thread:
        return None
    return f"{post.chat}:{post.answers}"


def _private_message(post: Post, context: Context) -> Event:
    contact = context.contact(post.room, post.root)
    return MessageReceived(
        id=context.id("m", post.room, post.message),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact),
        occurred_at=post.at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
        attachments=post.attachments,
        author_name=post.author.name if post.author else None,
        reply_to=f"{post.room}:{post.answers}" if post.answers is not None else None,
    )


def _owners(post: Post, context: Context) -> Event | Unhandled:
    """Somebody, or we ourselves, wrote in the name of a business account: that much is told to its bot."""
    if post.away:
        return Unhandled(what="away_message", why="Telegram's own greeting or absence note")
    contact = context.contact(post.room, post.root)
    return Echoed(
        id=context.id("m", post.room, post.message),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact),
        occurred_at=post.at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
        elsewhere=str(post.business_bot) != context.bot,
    )


def _echo(post: Post, context: Context) -> Event | Unhandled:
    """A person of the brand spoke, and never we: a bot is not told its own words."""
    if post.thread is None and post.answers is None:
        return Unhandled(what="group_message", why="the brand's own, and in answer to nothing")
    return Echoed(
        id=context.id("m", post.room, post.message),
        account=context.account.id,
        locate=_parent(post) or post.root,
        occurred_at=post.at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
        elsewhere=True,
    )


def _comment(post: Post, context: Context) -> Event:
    contact = context.contact(post.author.id if post.author else None, post.root)
    known = post.channel is not None and post.channel_post is not None
    return CommentReceived(
        id=context.id("m", post.room, post.message),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, post.root),
        occurred_at=post.at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
        attachments=post.attachments,
        author_name=post.author.name if post.author else None,
        post_id=f"{post.channel}:{post.channel_post}" if known else post.root,
        parent_id=_parent(post),
    )


def _mention(post: Post, context: Context) -> Event:
    contact = context.contact(post.author.id if post.author else None, post.root)
    return MentionReceived(
        id=context.id("m", post.room, post.message),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, post.root),
        occurred_at=post.at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
        attachments=post.attachments,
        author_name=post.author.name if post.author else None,
        post_id=post.root,
    )


def read_edit(message: Message, context: Context) -> Event | Unhandled:
    """A changed text. Where nothing shows whose conversation it is in, the message's own id has to do."""
    post = Post.of(message, context.bot)
    if refused := _nobodys_words(post):
        return refused
    if post.by_owner or _by_brand(post, context):
        return Unhandled(what="own_edit", why="the brand's own")
    if not post.text:
        return Unhandled(what="edit_without_text", why="a live location, or a caption taken away")
    conversation = _conversation(post, message, context)
    at = post.edited_at or post.at
    return MessageEdited(
        id=context.id("e", post.room, post.message, int(at.timestamp()), digest(post.text)),
        account=context.account.id,
        contact=conversation.contact if conversation else None,
        conversation=conversation,
        locate=post.external_id,
        occurred_at=at,
        received_at=context.now,
        external_id=post.external_id,
        text=post.text,
    )


def _conversation(post: Post, message: Message, context: Context) -> ConversationId | None:
    if post.private:
        return ConversationId.private(context.contact(post.room, post.root))
    if _is_comment(post, context) or names(message, context.bot, context.username):
        return ConversationId.public(context.contact(post.author.id if post.author else None, post.root), post.root)
    return None
