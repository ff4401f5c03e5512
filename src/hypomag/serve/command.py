"""`hypomag serve` and `hypomag doctor`: the command line of the service."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hypomag.record import Refused

REFUSED = 5
SETTINGS = "HYPOMAG_SETTINGS"  # how a worker learns its settings from the parent
doctor = typer.Typer(help="Look into the service without starting it.", no_args_is_help=True)


def serve_command(
    settings: Annotated[Path | None, typer.Option(help="The settings file; without it the defaults.")] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.")] = 8440,
    workers: Annotated[int, typer.Option(help="Processes; one a core is best.")] = 1,
    dev: Annotated[bool, typer.Option("--dev", help="No keys needed. On loopback only.")] = False,
    screened: Annotated[Path | None, typer.Option(help="A finished screening run to show on this machine.")] = None,
) -> None:
    """Serve CDS Hooks, FHIR and the page."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from hypomag.serve import settings as files

    try:
        chosen = files.read(settings) if settings else files.Settings(base_url=f"http://{host}:{port}")
        chosen = replace(chosen, dev=chosen.dev or dev, screened=str(screened or chosen.screened))
        check(chosen, host)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    if chosen.dev:
        typer.echo("hypomag: --dev: ANYBODY on this machine is answered without a key. Never with patients.", err=True)
    elif not chosen.clients:
        typer.echo(
            "hypomag: no client is configured: every call of a hook gets 401. See docs/how-to/serve.md.", err=True
        )
    import os

    os.environ[SETTINGS] = json.dumps(
        [str(settings.resolve()) if settings else "", chosen.dev, chosen.base_url, chosen.screened]
    )
    config = uvicorn.Config(
        "hypomag.serve.command:application", factory=True, host=host, port=port, workers=workers, access_log=False,
        log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=20,
        timeout_keep_alive=20, h11_max_incomplete_event_size=32_768, limit_concurrency=512,
    )  # fmt: skip
    server, sockets = uvicorn.Server(config), [listening(host, port)]
    if workers == 1:
        server.run(sockets)
    else:
        Multiprocess(config, sockets=sockets).run()


def listening(host: str, port: int) -> socket.socket:
    """The socket on which all workers listen. uvicorn's own, with more than one worker, leaves Nagle's delay on (40 ms)."""
    made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections that it accepts inherit this
    made.set_inheritable(True)
    return made


def check(settings: object, host: str) -> None:
    """Refuse what must not be: no keys needed, and reachable from elsewhere. Raises Refused."""
    from hypomag.serve.settings import LOOPBACK, Settings

    assert isinstance(settings, Settings)
    if settings.dev and host not in LOOPBACK:
        raise Refused(f"--dev needs no keys, so it listens on 127.0.0.1 only, not on {host}.")


def application() -> object:
    """The application of one worker."""
    import os

    from hypomag.serve import app
    from hypomag.serve import settings as files

    path, dev, base_url, screened = json.loads(os.environ[SETTINGS])
    chosen = files.read(Path(path)) if path else files.Settings(base_url=base_url)
    return app.create(replace(chosen, dev=dev, screened=screened))


@doctor.command("token")
def token_command(
    settings: Annotated[Path, typer.Option(help="The settings file.")],
    token: Annotated[str, typer.Argument(help="The token, or - for standard input.")] = "-",
    service: Annotated[str, typer.Option(help="The path that is called.")] = "/cds-services/magnesium",
    now: Annotated[int | None, typer.Option(help="The moment to judge it at, in seconds since 1970.")] = None,
) -> None:
    """Say step by step whether a client's token would be let in. Asks no network and uses up nothing."""
    from hypomag.serve import doctor as steps
    from hypomag.serve import settings as files

    try:
        lines, good = steps.token(files.read(settings), sys.stdin.read() if token == "-" else token, service, now=now)
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo("\n".join(lines))
    raise typer.Exit(0 if good else REFUSED)


@doctor.command("audit")
def audit_command(folder: Annotated[Path, typer.Argument(help="The folder with audit.jsonl.")]) -> None:
    """Check that every line of the audit follows the one before it."""
    from hypomag.serve.audit import verify

    try:
        typer.echo(f"{verify(folder)} lines, unbroken")
    except Refused as refusal:
        typer.echo(f"hypomag: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
