"""Reads `config.yml` and the environment into `Settings`, and refuses all mistakes at once: place, line, key, cure.

Secrets are in the environment only: the file names them, `${NAME}`. Plain settings can be overridden from there too,
`APLOMB_WEB__PORT` for `web.port`, so that one file serves several machines.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import ValidationError

from bot.config import Settings, TelegramRecipient
from bot.config_problems import problems_of
from bot.config_words import entry_words, leaves, problems_in, unknown_key, without_empty_sections
from bot.errors import ConfigurationError
from bot.yaml_file import Document, Place, read, scalar, shown
from connectors import CONNECTORS

PREFIX = "APLOMB_"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Problem = tuple[Place, str]


def load(path: Path, environment: Mapping[str, str]) -> Settings:
    """Raises `ConfigurationError` with one line for each problem, in the file's order."""
    document = read(path, "configuration; copy the example, config.yml")
    if not isinstance(document.value, dict):
        raise ConfigurationError(f"{path}:1: must hold keys such as `accounts:`; copy the example, config.yml")
    value: dict[str, Any] = deepcopy(document.value)
    secrets = _Secrets(environment)
    problems = [*document.problems, *secrets.resolve(value)]
    overrides = _Overrides(environment, secrets.named)
    problems += overrides.apply(value)
    try:
        settings = Settings.model_validate(without_empty_sections(value))
    except ValidationError as error:
        problems += problems_in(error)
    else:
        problems += [(place, entry_words(text)) for place, text in problems_of(settings)]
        problems += _more_problems_of(settings)
        if not problems:
            return settings
    raise ConfigurationError("\n".join(_lines(document, overrides.names, problems)))


def reply_texts(folder: Path) -> dict[str, dict[str, Any]]:
    """The wordings in `<language>.yml`, by language and key.

    Raises `ConfigurationError` with one line for each problem.
    """
    files = sorted(folder.glob("*.yml")) if folder.is_dir() else []
    if not files:
        raise ConfigurationError(f"{folder}: there are no replies; set `replies` to a folder with fr.yml, en.yml …")
    texts: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for file in files:
        try:
            document = read(file, "replies")
        except ConfigurationError as error:
            problems.append(str(error))
            continue
        problems += _lines(document, {}, list(document.problems))
        if isinstance(document.value, dict):
            texts[file.stem] = {str(key): value for key, value in document.value.items()}
        else:
            problems.append(f"{file}:1: must hold keys, each with a text or a list of texts")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return texts


def _lines(document: Document, overridden: Mapping[Place, str], problems: list[Problem]) -> Iterator[str]:
    def order(problem: Problem) -> tuple[int, str]:
        return document.line(problem[0]), shown(problem[0])

    for place, text in sorted(problems, key=order):
        if place in overridden:
            yield f"environment: {overridden[place]}: {text}"
        elif place and place[0] == _ENVIRONMENT:
            yield f"environment: {place[1]}: {text}"
        else:
            yield f"{document.path}:{document.line(place)}: {shown(place)}{': ' if place else ''}{text}"


class _Secrets:
    """Puts the environment's values where the file names them. `named`: the variables that it names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.named: set[str] = set()

    def resolve(self, value: dict[str, Any]) -> Iterator[Problem]:
        for index, account in enumerate(_dicts(value.get("accounts"))):
            given = account.get("secrets")
            if not isinstance(given, dict):
                continue
            asleep = account.get("simulated") is True or account.get("live") == "off"
            for name in list(given):
                several = given[name] if isinstance(given[name], list) else [given[name]]
                found = []
                for number, one in enumerate(several):
                    inner: Place = (number,) if isinstance(given[name], list) else ()
                    secret, text = self._value(one)
                    if secret is not None:
                        found.append(secret)
                    elif text and not (asleep and self._is_reference(one)):
                        yield ("accounts", index, "secrets", name, *inner), text
                given[name] = found or ["-"]
                if asleep and not found:
                    del given[name]
        people = value.get("notify", {}).get("people") if isinstance(value.get("notify"), dict) else None
        for index, person in enumerate(_dicts(people)):
            for name in {"password", "secret"} & set(person):
                secret, text = self._value(person[name])
                if text:
                    yield ("notify", "people", index, name), text
                person[name] = secret or "-"

    def _is_reference(self, given: object) -> bool:
        return isinstance(given, str) and _VARIABLE.fullmatch(given) is not None

    def _value(self, given: object) -> tuple[str | None, str]:
        """The secret, or what is wrong."""
        found = _VARIABLE.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            return None, "a secret in plain text: put it into the environment and write ${NAME}"
        self.named.add(found[1])
        if found[1] not in self._environment:
            return None, f"the environment variable {found[1]} is not set; export it"
        secret = self._environment[found[1]].strip()
        return (secret, "") if secret else (None, f"the environment variable {found[1]} is empty; give it a value")


_ENVIRONMENT = "environment"


class _Overrides:
    """`names`: the variable that gave the value at a place."""

    def __init__(self, environment: Mapping[str, str], secrets: set[str]) -> None:
        self._given = {n: v for n, v in environment.items() if n.startswith(PREFIX) and n not in secrets}
        self._known = {f"{PREFIX}{'__'.join(map(str, place)).upper()}": (place, text) for place, text in leaves()}
        self.names: dict[Place, str] = {}

    def apply(self, value: dict[str, Any]) -> Iterator[Problem]:
        for name, given in sorted(self._given.items()):
            if name not in self._known:
                yield from self._unknown(name)
                continue
            place, is_text = self._known[name]
            self.names[place] = name
            *sections, key = place
            holder: Any = value
            for section in sections:
                holder[section] = holder.get(section) or {}
                holder = holder[section]
            if isinstance(holder, dict):
                holder[key] = (given or None) if is_text else scalar(given)

    def _unknown(self, name: str) -> Iterator[Problem]:
        """Other variables of that prefix may belong to other files; what looks like a setting must be one."""
        close = get_close_matches(name, self._known, 1, 0.85)
        if close:
            yield (_ENVIRONMENT, name), f"no such setting; did you mean {close[0]}?"
        elif "__" in name:
            yield (_ENVIRONMENT, name), "no such setting; write APLOMB_<SECTION>__<KEY> as in config.yml, or unset it"


def _dicts(value: object) -> list[dict[str, Any]]:
    """The entries of a list, an empty one where an entry is no mapping; whether it must be, the types say."""
    return [entry if isinstance(entry, dict) else {} for entry in value] if isinstance(value, list) else []


def _more_problems_of(settings: Settings) -> Iterator[Problem]:
    zone = settings.brand.timezone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = get_close_matches(zone, available_timezones(), 1)
        hint = f"did you mean {close[0]}?" if close else "write it as Europe/Paris"
        yield ("brand", "timezone"), f"no time zone {zone!r}; {hint}"
    for index, account in enumerate(settings.accounts):
        known = (
            sorted(spec.name for spec in CONNECTORS[account.channel].secrets) if account.channel in CONNECTORS else []
        )
        for name in account.secrets:
            if known and name not in known:
                yield ("accounts", index, "secrets", name), unknown_key(name, known)
    accounts = [str(account.account_id) for account in settings.accounts if account.channel == "telegram"]
    for index, person in enumerate(settings.notify.people):
        if isinstance(person, TelegramRecipient) and person.account not in accounts:
            cure = f"there is {', '.join(accounts)}" if accounts else "add a telegram account, or tell them otherwise"
            yield ("notify", "people", index, "account"), f"no account {person.account!r}; {cure}"
