"""The command line: `python -m bot --help`."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.config import Settings
from bot.config_file import load
from bot.errors import AplombError, ConfigurationError, StoreUnavailable

cli = typer.Typer(
    help="Aplomb answers a brand's customers on social networks. Start it all with `run`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Config = Annotated[Path, typer.Option("--config", help="The configuration file.")]
HERE = Path("config.yml")


def say(text: str) -> None:
    print(text, flush=True)


def settings_of(config: Path) -> Settings:
    return load(config, os.environ)


def start(role: str, work: Coroutine[Any, Any, None]) -> None:
    from bot.log import configure

    configure(role)
    asyncio.run(work)


@cli.command()
def run(config: Config = HERE) -> None:
    """Start everything: Redis, understanding, web, worker, scheduler, and in a rehearsal the simulators.

    Example: python -m bot run
    """
    from bot.supervisor import Supervisor

    settings = settings_of(config)
    start("supervisor", Supervisor(settings, config, say).run())


@cli.command()
def web(config: Config = HERE) -> None:
    """Only the web role: webhooks, console. Example: python -m bot web --config config.yml"""
    from bot.app import run_web

    start("web", run_web(settings_of(config), say))


@cli.command()
def worker(
    name: Annotated[str | None, typer.Option(help="Its name in leases; must not be another living worker's.")] = None,
    config: Config = HERE,
) -> None:
    """Only the worker with its sender. Example: python -m bot worker"""
    from bot.app import run_worker

    start("worker", run_worker(settings_of(config), name))


@cli.command()
def scheduler(config: Config = HERE) -> None:
    """Only the scheduler. Example: python -m bot scheduler"""
    from bot.app import run_scheduler

    start("scheduler", run_scheduler(settings_of(config)))


@cli.command()
def sandbox(config: Config = HERE) -> None:
    """Only the simulated platforms. Example: python -m bot sandbox"""
    from bot.app import run_sandbox

    start("sandbox", run_sandbox(settings_of(config)))


@cli.command()
def check(config: Config = HERE) -> None:
    """Read the configuration and the replies, and say what is wrong, with line, key and cure.

    Example: python -m bot check --config config.yml
    """
    from bot.config_file import reply_texts
    from policies.replies import problems

    settings = settings_of(config)
    found = problems(reply_texts(settings.replies), settings.brand)
    if found:
        raise ConfigurationError("\n".join(found))
    kinds = "simulated" if settings.simulated else "real"
    say(f"{config}: {len(settings.accounts)} {kinds} accounts, {len(settings.chain)} policies, all good")


@cli.command()
def stop(config: Config = HERE) -> None:
    """Stop all sending, at once. Deliveries are still kept and decided. Example: python -m bot stop"""
    from bot import operate

    say(asyncio.run(operate.stop(settings_of(config))))


@cli.command()
def resume(config: Config = HERE) -> None:
    """Lift the stop. What waited goes out if it is still right. Example: python -m bot resume"""
    from bot import operate

    say(asyncio.run(operate.resume(settings_of(config))))


@cli.command()
def reconnect(account: str, config: Config = HERE) -> None:
    """Let an account send again after its credentials were renewed. Example: python -m bot reconnect facebook/1001"""
    from bot import operate

    say(asyncio.run(operate.reconnect(settings_of(config), account)))


@cli.command()
def doctor(
    which: Annotated[str | None, typer.Argument(help="A channel or an account; without it, all.")] = None,
    mend: Annotated[bool, typer.Option(help="Subscribe again and fetch what was missed.")] = True,
    config: Config = HERE,
) -> None:
    """Look at each account's credentials and subscriptions, mend what can be mended, and fetch what was missed.

    Ends with 1 when something is left for a person. Example: python -m bot doctor facebook
    """
    from bot.operate_accounts import doctor as examine

    if not asyncio.run(examine(settings_of(config), which, mend=mend, say=say)):
        raise typer.Exit(1)


@cli.command()
def backfill(
    channel: Annotated[str, typer.Argument(help="A channel, or one of its accounts.")],
    since: Annotated[datetime, typer.Option(help="From when on, in UTC.")],
    config: Config = HERE,
) -> None:
    """Fetch what was said while Aplomb was away. It joins the history as late; nothing is answered by itself.

    Example: python -m bot backfill facebook --since 2026-11-26T18:00:00
    """
    from bot import operate_accounts

    at = since if since.tzinfo else since.replace(tzinfo=UTC)
    asyncio.run(operate_accounts.backfill(settings_of(config), channel, at, say))


@cli.command()
def dead(config: Config = HERE) -> None:
    """List the dead letters: events that could not be handled. Example: python -m bot dead"""
    from bot import operate

    say(asyncio.run(operate.dead(settings_of(config))))


@cli.command()
def redrive(limit: Annotated[int, typer.Option(help="At most so many.")] = 100, config: Config = HERE) -> None:
    """Bring dead letters back as late events: they join their conversations and are never answered automatically.

    Example: python -m bot redrive --limit 10
    """
    from bot import operate

    say(asyncio.run(operate.redrive(settings_of(config), limit)))


@cli.command()
def explain(conversation: str, config: Config = HERE) -> None:
    """Say why each turn of a conversation was decided as it was. Example: python -m bot explain facebook/1001/ann/dm"""
    from bot import operate

    say(asyncio.run(operate.explain_turns(settings_of(config), conversation)))


@cli.command()
def ledger(config: Config = HERE) -> None:
    """Check the chain of decisions of every shard. Example: python -m bot ledger"""
    from bot import operate

    say(asyncio.run(operate.check_ledger(settings_of(config))))


@cli.command()
def password(config: Config = HERE) -> None:
    """Make a new console password; sessions stay. Example: python -m bot password"""
    from bot import operate

    say(asyncio.run(operate.new_password(settings_of(config))))


def main() -> int:
    """2: the configuration is wrong. 3: the store does not answer."""
    try:
        cli(standalone_mode=True)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except StoreUnavailable as error:
        print(f"the store does not answer: {error}; is Aplomb running?", file=sys.stderr)
        return 3
    except AplombError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
