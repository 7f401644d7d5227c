"""Every key in Redis: its pattern, type, lifetime, owner (who writes it) and eraser (what removes it).

All keys of a shard bear its number as hash tag, so a script may touch them together and a cluster keeps them together.

| pattern                    | type   | lifetime                 | owner            | eraser                         |
|----------------------------|--------|--------------------------|------------------|--------------------------------|
| {k}:events                 | stream | until committed          | append, redrive  | commit                         |
| {k}:seen:<event>           | string | redelivery horizon       | append           | expiry                         |
| {k}:head:<conv or contact> | string | HEAD_S                   | append           | expiry                         |
| {k}:conv:<conversation>    | hash   | conversations_days       | commit, claim    | expiry                         |
| {k}:contact:<contact>      | hash   | conversations_days       | commit           | expiry; an opt-out never goes  |
| {k}:actions                | hash   | until finished and aged  | commit, claim    | commit                         |
| {k}:due                    | zset   | until claimed            | commit, unclaim  | claim, commit                  |
| {k}:timers                 | zset   | until due                | commit           | scheduler                      |
| {k}:relay                  | stream | until carried            | commit           | scheduler                      |
| {k}:turns:<conversation>   | list   | turn_records_days        | commit           | expiry                         |
| {k}:ledger, {k}:tip        | stream | for ever, no person in it| commit           | nobody                         |
| {k}:counters               | hash   | for ever                 | commit           | nobody                         |
| {k}:waiting                | hash   | until nobody need look   | commit           | commit                         |
| {k}:notices, …:due         | hash   | until acknowledged       | commit, notifier | commit                         |
| {k}:dead                   | hash   | until redriven           | bury             | redrive                        |
| {k}:control                | hash   | until changed            | stop, pause      | resume, expiry of the pause    |
| {k}:lease                  | string | lease_s                  | worker           | expiry, worker                 |
| {k}:result:<event>         | list   | RESULT_S                 | commit           | expiry                         |
| where:<account>:<id>       | string | HEAD_S                   | ingest           | expiry                         |
| account:<account>:health   | hash   | for ever, no person in it| upkeep, ingest   | nobody                         |
| account:<account>:secrets  | hash   | until others configured  | upkeep           | nobody                         |
| account:<account>:known    | hash   | 5,000 entries            | polling          | polling                        |
| account:<account>:wanted   | list   | until fetched; 5,000     | worker           | upkeep                         |
| account:<account>:taken:…  | string | until it is due again    | upkeep           | expiry                         |
| erased:<confirmation>      | string | 90 days                  | worker           | expiry                         |
| rate:<scope>               | string | the scope's period       | sender           | expiry                         |
| workers                    | zset   | two leases               | worker           | worker                         |
| meta                       | hash   | for ever                 | first start      | nobody                         |
| archive                    | stream | archive_days, 1,000      | ingest           | scheduler                      |
| counters                   | hash   | for ever                 | ingest           | nobody                         |
| webchat:{<contact>}:box    | zset   | BOX_S from the last words | web (webchat)   | expiry, the visitor's erasure  |
| webchat:{<contact>}:here   | string | BOX_S from the last words | web (webchat)   | expiry, the visitor's erasure  |
| webchat:rate:…             | string | a minute, an hour        | web (webchat)    | expiry                         |
| console:…                  | string | session, 15 min          | console          | expiry, logout                 |
"""

from bot.model.ids import AccountId, ContactId, ConversationId, EventId

GROUP = "worker"
CONSUMER = "shard"
"""The consumer is the shard's and not the worker's: whoever has the lease finds what its predecessor left."""

HEAD_S = 30 * 86400
RESULT_S = 60

META = "meta"
WORKERS = "workers"
ARCHIVE = "archive"
DOOR_COUNTERS = "counters"
WEBCHAT_FEED = "webchat:feed"
"""Pub/sub channel: hints that a visitor's mailbox changed, or that an answer is being written."""
FEED = "feed"
"""Pub/sub channel: hints that a conversation changed. Whoever misses one reads the same truth a moment later."""


class Shard:
    """The keys of one shard."""

    def __init__(self, number: int) -> None:
        self.number = number
        tag = f"{{{number}}}"
        self.tag = tag
        self.events = f"{tag}:events"
        self.actions = f"{tag}:actions"
        self.due = f"{tag}:due"
        self.timers = f"{tag}:timers"
        self.relay = f"{tag}:relay"
        self.ledger = f"{tag}:ledger"
        self.tip = f"{tag}:tip"
        self.counters = f"{tag}:counters"
        self.waiting = f"{tag}:waiting"
        self.notices = f"{tag}:notices"
        self.notices_due = f"{tag}:notices:due"
        self.dead = f"{tag}:dead"
        self.control = f"{tag}:control"
        self.lease = f"{tag}:lease"

    def seen(self, event: EventId) -> str:
        return f"{self.tag}:seen:{event}"

    def head(self, subject: ConversationId | ContactId) -> str:
        return f"{self.tag}:head:{subject}"

    def conversation(self, conversation: ConversationId) -> str:
        return f"{self.tag}:conv:{conversation}"

    def contact(self, contact: ContactId) -> str:
        return f"{self.tag}:contact:{contact}"

    def turns(self, conversation: ConversationId) -> str:
        return f"{self.tag}:turns:{conversation}"

    def result(self, event: EventId) -> str:
        return f"{self.tag}:result:{event}"

    @property
    def nothing(self) -> str:
        """Stands where a script wants a key and there is none; never written."""
        return f"{self.tag}:nothing"


def where(account: AccountId, external_id: str) -> str:
    return f"where:{account}:{external_id}"


def account_key(account: AccountId, what: str) -> str:
    return f"account:{{{account}}}:{what}"


def erased_key(confirmation: str) -> str:
    return f"erased:{confirmation}"


def rate(scope: str) -> str:
    return f"rate:{scope}"


def console(what: str) -> str:
    return f"console:{what}"


def webchat(contact: ContactId, what: str) -> str:
    return f"webchat:{{{contact}}}:{what}"


def webchat_rate(what: str, who: str) -> str:
    return f"webchat:rate:{what}:{who}"
