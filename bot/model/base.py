"""The root of every value of ours."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Immutable, and strict about its fields: an unknown key is an error of ours, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
