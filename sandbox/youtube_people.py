"""What people do on YouTube: viewers comment, edit, delete; the channel's staff moderate, answer and change videos."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.exchange import Deed, Doing, NotPossible, Outgoing, Saying, Schedule
from sandbox.people import People, Told
from sandbox.world import Entry, Post, Profile
from sandbox.youtube_shapes import tombstone, video

LIFE_S = timedelta(hours=6).total_seconds()
"""How long the hub tries. Ours; it says "for some time"."""
LINK = "http"
"""Comments with links wait for a moderator, as YouTube holds what may be spam."""


class YouTubePeople(People):
    channel: str = "youtube"
    name: str = "YouTube"
    private: bool = False
    schedule: Schedule = Schedule(batch=1, retries_s=(0, 60, 300, 3600), timeout_s=10)
    id_fields: frozenset[str] = frozenset()
    can: frozenset[Deed] = frozenset({"edit", "delete", "hide", "unhide", "react", "unreact", "native_reply"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"vid{base}{number:02}"

    def forget(self) -> None:
        self.subscribed: dict[str, str] = {}
        """Channels whose videos the hub announces, with the secret that it signs with."""
        self._rejected: set[str] = set()
        self._silenced: set[str] = set()

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        number = self._world.number()
        return f"{parent.parent or parent.external_id}.{number}" if parent else f"Ugx{number}AaABAg"

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        """Nobody is told anything of comments."""
        if what == "deleted":
            self.remove(profile, entry)
        return ()

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        entry, told = super().say(profile, saying)
        entry.status, entry.hidden = "sent", LINK in saying.text
        return entry, told

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        """Of a video: a new title, or its removal."""
        post = profile.posts.get(doing.external_id or "")
        if post is not None and doing.do in {"edit", "delete"}:
            return None, self._change_video(profile, post, doing)
        if doing.do == "unhide" and doing.external_id in self._rejected:
            raise NotPossible("a rejected comment can't be shown again")
        return super().act(profile, doing)

    def _change_video(self, profile: Profile, post: Post, doing: Doing) -> tuple[Outgoing, ...]:
        """The hub announces it, where somebody subscribed."""
        now = self._world.now()
        if doing.do == "edit":
            post.text = doing.text or post.text
            feed = video(profile, post, now)
        else:
            del profile.posts[post.id]
            feed = tombstone(profile, post, now)
        if profile.id not in self.subscribed:
            return ()
        return (Outgoing(profile, "videos", {"feed": feed}, now, LIFE_S),)

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        return str(contents[0]["feed"]).encode()

    # moderation

    def status(self, entry: Entry) -> str:
        """As the API names it; "" for what is gone, and for what was silenced: that is in no list."""
        if entry.deleted or entry.external_id in self._silenced:
            return ""
        if entry.external_id in self._rejected:
            return "rejected"
        return "heldForReview" if entry.hidden else "published"

    def moderate(self, entry: Entry, status: str) -> None:
        entry.hidden = status != "published"
        if status == "rejected":
            self._rejected.add(entry.external_id)

    def silence(self, entry: Entry) -> None:
        entry.hidden = True
        self._silenced.add(entry.external_id)

    def answers(self, profile: Profile, top: Entry) -> list[Entry]:
        return [each for each in profile.thread_of(top).entries.values() if each.parent == top.external_id]

    def remove(self, profile: Profile, entry: Entry) -> None:
        """With a thread go its answers."""
        entry.deleted = True
        for answer in self.answers(profile, entry):
            answer.deleted = True
