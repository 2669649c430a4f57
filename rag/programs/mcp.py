"""The functions as the tools of an MCP server, on the standard input and output or by HTTP.

By the official SDK (https://py.sdk.modelcontextprotocol.io), its low-level server: the errors of
decorated functions would be in English. Only faults of the protocol itself are told by the SDK.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import anyio
from anyio import to_thread
from mcp import MCPError, stdio_server
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import (
    StreamableHTTPASGIApp,
    StreamableHTTPSessionManager,
)
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from rag.errors import RagError
from rag.programs.functions import ABOUT, FUNCTIONS, Function, Service, call
from rag.programs.serving import LARGEST, guard, serve, tell_absent
from rag.serving import claim_port
from rag.settings import Settings

_AGAIN = "`python -m rag mcp {0}`"
_NAMED = {function.name: function for function in FUNCTIONS}


def make_server(service: Service) -> Server[Any]:
    """Make the server: a tool for each function."""

    async def list_tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_describe(function) for function in FUNCTIONS])

    async def call_tool(_: object, asked: CallToolRequestParams) -> CallToolResult:
        if asked.name not in _NAMED:
            names = ", ".join(_NAMED)
            raise MCPError(
                INVALID_PARAMS, f"L’outil « {asked.name} » n’existe pas. Il y a : {names}."
            )
        sent = asked.arguments or {}
        try:
            told = await to_thread.run_sync(
                call, service, _NAMED[asked.name], sent, abandon_on_cancel=True
            )
        except RagError as error:
            return CallToolResult(content=[_write(str(error))], is_error=True)
        # Clients that know nothing of structured results read the same JSON as text.
        text = json.dumps(told, ensure_ascii=False)
        return CallToolResult(content=[_write(text)], structured_content=told)

    return Server(
        "sourcier",
        version=version("sourcier"),
        title="Sourcier",
        instructions=ABOUT,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _write(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _describe(function: Function) -> Tool:
    return Tool(
        name=function.name,
        title=function.title,
        description=function.description,
        input_schema=function.takes.model_json_schema(),
        output_schema=TypeAdapter(function.gives).json_schema(mode="serialization"),
        annotations=ToolAnnotations(
            title=function.title,
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


def make_app(server: Server[Any]) -> Starlette:
    """Make the application that serves the tools by streamable HTTP, at ``/mcp``.

    Each request stands alone: nothing is kept of a client, so any number may come and go. There is
    no stream to wait on either (``GET``), for which the protocol provides 405.
    """
    manager = StreamableHTTPSessionManager(
        server,
        json_response=True,
        stateless=True,
        max_request_body_size=LARGEST,
        # ``rag.guard`` knows the names of the settings, which the SDK's own protection does not.
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return Starlette(
        routes=[Route("/mcp", StreamableHTTPASGIApp(manager), methods=["POST"])],
        lifespan=lambda app: manager.run(),
        exception_handlers={HTTPException: tell_absent("Le serveur MCP est à /mcp, par POST.")},
    )


def serve_stdio(settings: Settings) -> int:
    """Answer the program that started this one, until it closes the standard input.

    Models and index are loaded at the first call: clients start every server that they know.
    """
    anyio.run(_serve_stdio, make_server(Service(settings)))
    return 0


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def serve_http(settings: Settings, port: int) -> int:
    """Answer programs by HTTP until stopped; return the exit status.

    Raises
    ------
    RagError
        When the port, the models or the index can't be had.
    """
    with claim_port(port, _AGAIN) as claimed:
        service = Service(settings)
        service.load()
        app = make_app(make_server(service))
        return serve(guard(app, settings), claimed, "/mcp")
