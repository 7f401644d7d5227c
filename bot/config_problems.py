"""What types can't say about a configuration: unknown channels, missing secrets, impossible chains."""

from typing import Any

from pydantic import ValidationError

from bot.config import Settings, settings_of_entry
from connectors import CONNECTORS
from policies import GUARDS, POLICIES
from policies.base import Guard, Policy
from policies.engine import chain_problems


def problems_of(settings: Settings) -> list[tuple[tuple[str | int, ...], str]]:
    """What types can't say, as (place, what and cure): unknown channels, missing secrets, impossible chains."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    for index, account in enumerate(settings.accounts):
        if account.channel not in CONNECTORS:
            known = ", ".join(sorted(CONNECTORS))
            found.append((("accounts", index, "channel"), f"no channel {account.channel!r}; there are {known}"))
            continue
        if account.simulated or account.live == "off":
            continue
        for spec in CONNECTORS[account.channel].secrets:
            if not spec.optional and not account.secrets.get(spec.name):
                cure = f"add `{spec.name}: ${{A_VARIABLE}}` under secrets and export it ({spec.where})"
                found.append((("accounts", index), f"the secret {spec.name} is missing: {cure}"))
    found += [(("policies",), text) for text in chain_problems([str(e.get("name")) for e in settings.policies])]
    for section, known_names in (("policies", POLICIES), ("guards", GUARDS)):
        for index, entry in enumerate(getattr(settings, section)):
            found += _entry_problems(section, index, entry, known_names)
    return found


def _entry_problems(
    section: str, index: int, entry: dict[str, Any], known: dict[str, type[Policy]] | dict[str, type[Guard]]
) -> list[tuple[tuple[str | int, ...], str]]:
    name = entry.get("name")
    if name not in known:
        return [((section, index, "name"), f"no entry {name!r}; there are {', '.join(sorted(known))}")]
    try:
        known[str(name)](**settings_of_entry(entry))
    except ValidationError as error:
        return [((section, index, *wrong["loc"]), f"{wrong['msg']} in {name}") for wrong in error.errors()]
    return []
