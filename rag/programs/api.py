"""The functions by HTTP: ``POST /ask`` with a JSON object, and ``GET /openapi.json``."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from anyio import to_thread
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rag.errors import RagError, UsageError
from rag.programs.functions import ABOUT, FUNCTIONS, Function, Service, call
from rag.programs.schemas import Refusal
from rag.programs.serving import guard, refuse, serve, tell_absent
from rag.serving import claim_port
from rag.settings import Settings

_REFUSAL = "refusal"
_AGAIN = "`python -m rag api {0}`"


def make_api(service: Service) -> Starlette:
    """Make the application: a route for each function, and their description."""
    routes = [_make_route(service, function) for function in FUNCTIONS]
    described = describe_api()

    async def describe(request: Request) -> Response:
        return JSONResponse(described)

    routes.append(Route("/openapi.json", describe))
    names = ", ".join(f"/{function.name}" for function in FUNCTIONS)
    absent = tell_absent(
        f"Envoyez un objet JSON par POST à l’un de : {names} ; /openapi.json les décrit."
    )
    return Starlette(routes=routes, exception_handlers={HTTPException: absent})


def _make_route(service: Service, function: Function) -> Route:
    async def answer(request: Request) -> Response:
        # A page of another site may send text, but no JSON, without asking first.
        if request.headers.get("content-type", "").lower().partition(";")[0] != "application/json":
            error = UsageError(
                "La demande n’est pas annoncée comme du JSON.",
                todo="Envoyez l’en-tête « Content-Type: application/json ».",
            )
            return refuse(error, 415)
        body = await request.body()
        try:
            return JSONResponse(await to_thread.run_sync(call, service, function, body))
        except RagError as error:
            return refuse(error)

    return Route(f"/{function.name}", answer, methods=["POST"])


def describe_api() -> dict[str, Any]:
    """Describe the functions in OpenAPI 3.1, which takes JSON Schema as pydantic writes it."""
    wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (_REFUSAL, "serialization", TypeAdapter(Refusal))
    ]
    for f in FUNCTIONS:
        wanted.append((f.name, "validation", TypeAdapter(f.takes)))
        wanted.append((f.name, "serialization", TypeAdapter[Any](f.gives)))
    schemas, shared = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")

    def hold(schema: dict[str, Any], text: str) -> dict[str, Any]:
        return {"description": text, "content": {"application/json": {"schema": schema}}}

    refusal = hold(schemas[_REFUSAL, "serialization"], "An error, told in French.")
    paths = {
        f"/{f.name}": {
            "post": {
                "operationId": f.name,
                "summary": f.title,
                "description": f.description,
                "requestBody": {
                    "required": True,
                    **hold(schemas[f.name, "validation"], "The arguments."),
                },
                "responses": {
                    "200": hold(schemas[f.name, "serialization"], "The result."),
                    "default": refusal,
                },
            }
        }
        for f in FUNCTIONS
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sourcier", "version": version("sourcier"), "description": ABOUT},
        "paths": paths,
        "components": {"schemas": shared["$defs"]},
    }


def serve_api(settings: Settings, port: int) -> int:
    """Answer programs by HTTP until stopped; return the exit status.

    Raises
    ------
    RagError
        When the port, the models or the index can't be had.
    """
    with claim_port(port, _AGAIN) as claimed:
        service = Service(settings)
        service.load()
        return serve(guard(make_api(service), settings), claimed, "/openapi.json")
