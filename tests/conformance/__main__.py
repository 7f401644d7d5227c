"""The conformance kit's command line."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import ClientSession

from bot.config_file import load
from bot.errors import ConfigurationError
from connectors import CONNECTORS
from tests.channels import FACTS
from tests.conformance import deliveries
from tests.conformance.deliveries import Result
from tests.conformance.inside import both, private_server
from tests.conformance.report import SIGNS, write
from tests.conformance.target import Target

REPORT = Path(__file__).parents[2] / "docs" / "conformance.md"


def shown(channel: str, results: Sequence[Result]) -> int:
    """Prints them; how many failed."""
    for result in results:
        print(f"{SIGNS[result.verdict]} {channel:10} {result.case.replace('_', ' '):28} {result.told}")
    return sum(result.verdict == "failed" for result in results)


async def against(url: str, channel: str, config: Path, account: str | None) -> int:
    settings = load(config, {})
    candidates = [each for each in settings.accounts if each.channel == channel]
    chosen = next((each for each in candidates if account in (None, each.id)), None)
    if chosen is None or not chosen.simulated:
        raise ConfigurationError(
            f"{config} has no simulated account of {channel}: the kit signs with a simulated account's secrets"
        )
    secrets = {s.name: chosen.simulated_secret(s.name).get_secret_value() for s in CONNECTORS[channel].secrets}
    async with ClientSession() as client:
        target = Target(url.rstrip("/"), client, FACTS[channel], secrets, chosen.id, chosen.endpoint)
        return shown(channel, [result async for result in deliveries.run(target)])


async def inside(channels: Sequence[str], report: bool) -> int:
    found, failed = {}, 0
    with tempfile.TemporaryDirectory() as var:
        async with private_server(Path(var)) as redis_url:
            for channel in channels:
                halves = await both(FACTS[channel], Path(var), redis_url)
                failed += shown(channel, halves[0]) + shown(channel, halves[1])
                found[channel] = halves
    if report:
        write(REPORT, found)
        print(f"written: {REPORT.relative_to(REPORT.parents[1])}")
    return failed


def main(
    url: Annotated[str | None, typer.Option(help="A running Aplomb; without it the kit starts one of its own.")] = None,
    channel: Annotated[str | None, typer.Option(help="A channel; without it, all.")] = None,
    account: Annotated[str | None, typer.Option(help="With --url: which account; without it, the first.")] = None,
    config: Annotated[Path, typer.Option(help="With --url: the configuration that it runs with.")] = Path("config.yml"),
    report: Annotated[bool, typer.Option("--write", help="Write docs/conformance.md.")] = False,
) -> None:
    """Try a channel with all that its platform may deliver and answer. Ends with 1 when something is wrong.

    With --url only deliveries are tried, and only simulated accounts. A running Aplomb knows what it has seen: a second
    run of the kit against it finds nothing new, so begin with an empty var/.

    Example: python -m tests.conformance --url http://127.0.0.1:8080 --channel facebook
    """
    if channel is not None and channel not in FACTS:
        raise typer.BadParameter(f"no channel {channel}; there are {', '.join(FACTS)}")
    if url is not None and channel is None:
        raise typer.BadParameter("--url wants a --channel")
    try:
        failed = asyncio.run(
            against(url, channel, config, account)
            if url is not None and channel is not None
            else inside([channel] if channel else list(FACTS), report)
        )
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from error
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
