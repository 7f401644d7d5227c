"""Configuration files: a table of mistakes, each with the line, the key and the cure that it is refused with."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from bot.config import Settings, SmtpRecipient
from bot.config_file import load
from bot.errors import ConfigurationError

GOOD = """\
recipe: default.v1
language: fr
pipeline:
  - name: A
brand:
  name: Maison Lune
  hours:
    - {days: [mon, tue], opens: 09:00, closes: 18:00}
accounts:
  - channel: telegram
    id: "77"
    name: Lune
    live: on
    live_since: 2026-05-04T08:00:00+02:00
    secrets:
      token: ${LUNE_TOKEN}
      secret_token:
        - ${LUNE_NEW}
        - ${LUNE_OLD}
policies:
  - name: answer
web:
  # port: 8080
notify:
  people:
    - by: smtp
      name: Ann
      to: ann@brand.example
      sender: bot@brand.example
      host: mail.brand.example
      password: ${MAIL_PASSWORD}
"""
ENVIRONMENT = {"LUNE_TOKEN": "77:abc", "LUNE_NEW": "new", "LUNE_OLD": "old\n", "MAIL_PASSWORD": "pw", "PATH": "/bin"}


@pytest.fixture(autouse=True)
def _few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """What chains the lists allow is the policies' matter."""
    monkeypatch.setattr("bot.config_problems.chain_problems", lambda names: [])


def loaded(folder: Path, text: str = GOOD, environment: dict[str, str] = ENVIRONMENT) -> Settings:
    path = folder / "config.yml"
    path.write_text(text, encoding="utf-8")
    return load(path, environment)


def refused(folder: Path, text: str, environment: dict[str, str] = ENVIRONMENT) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text, environment)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    (account,) = settings.accounts
    assert account.live == "on"
    assert account.live_since == datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
    assert [secret.get_secret_value() for secret in account.secrets["secret_token"]] == ["new", "old"]
    assert [secret.get_secret_value() for secret in account.secrets["token"]] == ["77:abc"]
    assert settings.brand.hours[0].closes == time(18, 0)
    assert settings.web.port == 8080
    (person,) = settings.notify.people
    assert isinstance(person, SmtpRecipient)
    assert person.password
    assert person.password.get_secret_value() == "pw"
    assert "abc" not in repr(settings)


TOKEN = "token: ${LUNE_TOKEN}"
PLAIN = "a secret in plain text: put it into the environment and write ${NAME}"
MISTAKES = {
    "a secret in plain text": (TOKEN, "token: 77:abc", f"config.yml:16: accounts[0].secrets.token: {PLAIN}"),
    "a secret with a prefix": (TOKEN, "token: bot${LUNE_TOKEN}", f"config.yml:16: accounts[0].secrets.token: {PLAIN}"),
    "a secret in plain text in a list": (
        "${LUNE_OLD}",
        "old",
        f"config.yml:19: accounts[0].secrets.secret_token[1]: {PLAIN}",
    ),
    "a variable that is not set": (
        "${LUNE_TOKEN}",
        "${APLOMB_X}",
        "config.yml:16: accounts[0].secrets.token: the environment variable APLOMB_X is not set; export it",
    ),
    "a password in plain text": ("${MAIL_PASSWORD}", "pw", f"config.yml:31: notify.people[0].password: {PLAIN}"),
    "a misspelt key": (
        "policies:",
        "polices:",
        "config.yml:20: polices: unknown key `polices`; did you mean `policies`?",
    ),
    "a misspelt key deep inside": (
        "channel: telegram",
        "chanel: telegram",
        "config.yml:10: accounts[0].chanel: unknown key `chanel`; did you mean `channel`?",
    ),
    "a misspelt key of a recipient": (
        "host: mail",
        "hots: mail",
        "config.yml:30: notify.people[0].hots: unknown key `hots`; did you mean `host`?",
    ),
    "a key like no other": (
        "name: Lune\n",
        "name: Lune\n    xyzzy: 1\n",
        "config.yml:13: accounts[0].xyzzy: unknown key `xyzzy`; remove it; there are api_url, channel, endpoint, id, "
        "live, live_since, name, secrets, settings, simulated",
    ),
    "a key that is missing": ("    name: Lune\n", "", "config.yml:10: accounts[0].name: is missing; add it"),
    "a number for an id": ('"77"', "77", 'config.yml:11: accounts[0].id: must be a text; put it in quotes: "77"'),
    "a word that is none of the choices": (
        "live: on",
        "live: yes",
        "config.yml:13: accounts[0].live: must be 'on', 'shadow' or 'off', not 'yes'",
    ),
    "a time without a zone": (
        "+02:00",
        "",
        "config.yml:14: accounts[0].live_since: has no time zone; end it with Z or with +02:00",
    ),
    "a value for a list": (
        "  - name: A",
        "  name: A",
        "config.yml:3: pipeline: must be a list; begin each entry with `- `",
    ),
    "a value for keys": (
        "web:\n  # port: 8080",
        "web: 8080",
        "config.yml:22: web: must hold keys; write them beneath it, or remove it",
    ),
    "a port out of range": (
        "  # port: 8080",
        "  port: 80800",
        "config.yml:23: web.port: must be less than or equal to 65535, not 80800",
    ),
    "an unknown way of telling": (
        "by: smtp",
        "by: pigeon",
        "config.yml:26: notify.people[0]: must say `by: smtp`, `by: webhook` or `by: telegram`",
    ),
    "a key that stands twice": (
        "    name: Lune\n",
        "    name: Lune\n    name: Soleil\n",
        "config.yml:13: accounts[0].name: stands on line 12 and again on line 13; remove one",
    ),
    "a misspelt secret": (
        "token: ${LUNE_TOKEN}",
        "token: ${LUNE_TOKEN}\n      tokne: ${LUNE_TOKEN}",
        "config.yml:17: accounts[0].secrets.tokne: unknown key `tokne`; did you mean `token`?",
    ),
    "an unknown channel": (
        "channel: telegram",
        "channel: fax",
        "config.yml:10: accounts[0].channel: no channel 'fax'; ",
    ),
    "an account that stands twice": (
        "policies:",
        '  - {channel: telegram, id: "77", name: Again}\npolicies:',
        "config.yml:9: accounts: accounts names telegram/77 twice: remove one",
    ),
    "an unknown policy": (
        "name: answer",
        "name: anwser",
        "config.yml:21: policies[0].name: no entry 'anwser'; there are ",
    ),
    "an unknown setting of a policy": (
        "name: answer",
        "name: answer\n    xyzzy: 1",
        "config.yml:22: policies[0].xyzzy: answer has no such setting; there are ",
    ),
    "a time zone that is none": (
        "name: Maison Lune",
        "name: Maison Lune\n  timezone: Europe/Pari",
        "config.yml:7: brand.timezone: no time zone 'Europe/Pari'; did you mean Europe/Paris?",
    ),
    "a staff chat without its account": (
        "people:",
        "people:\n    - {by: telegram, name: team, account: telegram/88, chat: '-1'}",
        "config.yml:26: notify.people[0].account: no account 'telegram/88'; there is telegram/77",
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes(tmp_path: Path, old: str, new: str, expected: str) -> None:
    (line,) = refused(tmp_path, changed(old, new))
    assert line.startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "config.yml:1: must hold keys such as `accounts:`; copy the example, config.yml"),
        ("- a", "config.yml:1: must hold keys such as `accounts:`; copy the example, config.yml"),
        ("a:\n\tb: 1", "config.yml:2: not YAML: found character '\\t' that cannot start any token; indent with spaces"),
        ("a:\n  - [${X}, b]", 'put "${NAME}" in quotes where it stands inside [ ] or { }'),
        ("a: 'b", "config.yml:1: not YAML: found unexpected end of stream; look at the indentation"),
        ("a: &a [*a]", "config.yml: not YAML: line 1 holds itself: remove the alias"),
        ("a: !!python/object:os.system {}", "config.yml:1: not YAML: could not determine a constructor"),
    ],
)
def test_not_a_configuration(tmp_path: Path, text: str, expected: str) -> None:
    (line,) = refused(tmp_path, text)
    assert expected in line


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('"77"', "77").replace("${LUNE_OLD}", "old").replace("live: on", "live: maybe")
    lines = refused(tmp_path, text, ENVIRONMENT | {"MAIL_PASSWORD": "", "APLOMB_WEB__PROT": "1"})
    assert [line.split(": ")[0] + ": " + line.split(": ")[1] for line in lines] == [
        "environment: APLOMB_WEB__PROT",
        "config.yml:11: accounts[0].id",
        "config.yml:13: accounts[0].live",
        "config.yml:19: accounts[0].secrets.secret_token[1]",
        "config.yml:31: notify.people[0].password",
    ]
    assert lines[-1].endswith("the environment variable MAIL_PASSWORD is empty; give it a value")


def test_no_secret_is_repeated(tmp_path: Path) -> None:
    lines = refused(tmp_path, changed(TOKEN, "token: s3cret").replace("password: ${MAIL_PASSWORD}", "password: 12345"))
    assert "s3cret" not in "".join(lines)
    assert "12345" not in "".join(lines)


@pytest.mark.parametrize("sleeping", ["live: off", "live: on\n    simulated: true"])
def test_accounts_that_are_not_connected_need_no_secrets(tmp_path: Path, sleeping: str) -> None:
    settings = loaded(tmp_path, changed("live: on", sleeping), {"MAIL_PASSWORD": "pw"})
    assert settings.accounts[0].secrets == {}


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere.yml: there is no configuration; copy the example"):
        load(tmp_path / "nowhere.yml", {})


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_bytes(b"brand: \xff")
    with pytest.raises(ConfigurationError, match="make it a readable file in UTF-8"):
        load(tmp_path / "config.yml", {})


class TestOverrides:
    def test_what_the_environment_says_stands(self, tmp_path: Path) -> None:
        given = {
            "APLOMB_WEB__PORT": "0",
            "APLOMB_WEB__HOST": "0.0.0.0",
            "APLOMB_REDIS__URL": "redis://:p@host/0",
            "APLOMB_NLU__URL": "http://nlu:5005",
            "APLOMB_NLU__MANAGED": "false",
            "APLOMB_VAR": "/data",
            "APLOMB_SANDBOX__PORT": "9000",
        }
        settings = loaded(tmp_path, GOOD, ENVIRONMENT | given)
        assert (settings.web.port, settings.web.host) == (0, "0.0.0.0")
        assert (settings.redis.url, settings.nlu.url) == ("redis://:p@host/0", "http://nlu:5005")
        assert (settings.nlu.managed, settings.var) == (False, Path("/data"))
        assert settings.sandbox.port == 9000

    def test_an_empty_text_is_none(self, tmp_path: Path) -> None:
        text = GOOD + "redis:\n  url: redis://elsewhere\n"
        assert loaded(tmp_path, text, ENVIRONMENT | {"APLOMB_REDIS__URL": ""}).redis.url is None

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("APLOMB_WEB__PROT", "1", "no such setting; did you mean APLOMB_WEB__PORT?"),
            ("APLOMB_REDIS_URL", "x", "no such setting; did you mean APLOMB_REDIS__URL?"),
            ("APLOMB_XYZZY__A", "1", "no such setting; write APLOMB_<SECTION>__<KEY> as in config.yml, or unset it"),
            ("APLOMB_ACCOUNTS__0", "1", "no such setting; write APLOMB_<SECTION>__<KEY> as in config.yml, or unset it"),
            ("APLOMB_WEB__PORT", "high", "must be a valid integer, unable to parse string as an integer, not 'high'"),
            ("APLOMB_WEB__PORT", "[1]", "must be a valid integer, unable to parse string as an integer, not '[1]'"),
            ("APLOMB_NLU__URL", "", "must be a valid string"),
        ],
    )
    def test_refused(self, tmp_path: Path, name: str, value: str, expected: str) -> None:
        assert refused(tmp_path, GOOD, ENVIRONMENT | {name: value}) == [f"environment: {name}: {expected}"]

    def test_variables_of_others_are_left_alone(self, tmp_path: Path) -> None:
        loaded(tmp_path, GOOD, ENVIRONMENT | {"APLOMB_CONFIG": "live.yml", "APLOMB_LUNE_TOKEN": "x"})

    def test_a_secret_may_have_any_name(self, tmp_path: Path) -> None:
        text = changed("${LUNE_TOKEN}", "${APLOMB_LUNE__TOKEN}")
        loaded(tmp_path, text, ENVIRONMENT | {"APLOMB_LUNE__TOKEN": "77:x"})
