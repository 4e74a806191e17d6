"""`/api/projects/:id/warehouse_tables/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from splitplot.errors import Undecodable, UnsupportedMediaType
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.fields import read_fields, text
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.warehouse_tables.schemas import WarehouseTableBody, table_body
from splitplot.ports.beside.warehouse import ExistingTable, FileKind, TableFile
from splitplot.services.warehouse.uploads import Upload, too_large

_MAX_ID = 2**31 - 1
_LONGEST_NAME = 200
# So many bytes go to the disk at once, away from the event loop.
_PIECE = 1024 * 1024
_KINDS = {
    "text/csv": FileKind.CSV,
    "application/vnd.apache.parquet": FileKind.PARQUET,
    "application/x-parquet": FileKind.PARQUET,
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": _BINARY, "application/vnd.apache.parquet": _BINARY},
    }
}
_EXISTING_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string", "maxLength": _LONGEST_NAME},
                        "existing_table": {"type": "string", "maxLength": _LONGEST_NAME},
                    },
                    "required": ["name", "existing_table"],
                }
            }
        },
    }
}

router = APIRouter(prefix="/api/projects/{project_id}/warehouse_tables", tags=["data warehouse"])

Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("warehouse_table:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("warehouse_table:write"))]


async def _body_is_a_file(request: Request) -> None:
    """Before anybody looks into the body for a key: it may be larger than memory."""
    request.state.raw_body = b""
    request.state.json_object = {}


@router.get("/", response_model=PageBody[WarehouseTableBody])
def list_warehouse_tables(
    caller: Reader, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The project's tables, by name."""
    found = platform.warehouse.page(caller.project.id, limit=page.limit, offset=page.offset)
    results = [table_body(record) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post(
    "/",
    response_model=WarehouseTableBody,
    status_code=201,
    openapi_extra=_FILE_BODY,
    dependencies=[Depends(_body_is_a_file)],
)
async def load_warehouse_table(
    request: Request,
    caller: Writer,
    platform: PlatformOf,
    name: Annotated[str, Query(description="What metrics call the table.")],
) -> Mapping[str, object]:
    """Load a CSV or Parquet file as a table, in the place of one with the same name.

    The file is the body, and `Content-Type` says which of the two it is. CSV means values
    separated by commas, in UTF-8, under one line of names.
    """
    kind = _kind_of(request)
    await run_in_threadpool(platform.warehouse.check_name, caller.project.id, name)
    with platform.warehouse.uploads.open() as upload:
        await _receive(request, upload, most_bytes=platform.warehouse.uploads.most_bytes)
        record = await run_in_threadpool(
            platform.warehouse.load,
            caller.project,
            name,
            TableFile(path=upload.path, kind=kind),
            actor=caller.user,
        )
    return table_body(record)


@router.post(
    "/existing/", response_model=WarehouseTableBody, status_code=201, openapi_extra=_EXISTING_BODY
)
def register_warehouse_table(
    caller: Writer, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Register a table that the ClickHouse server has, in the database set aside for them."""
    values = read_fields(
        body,
        {
            "name": ("name", text(max_length=_LONGEST_NAME)),
            "existing_table": ("existing_table", text(max_length=_LONGEST_NAME)),
        },
        required=("name", "existing_table"),
    )
    origin = ExistingTable(name=str(values["existing_table"]))
    record = platform.warehouse.load(caller.project, str(values["name"]), origin, actor=caller.user)
    return table_body(record)


@router.get("/{table_id}/", response_model=WarehouseTableBody)
def read_warehouse_table(
    caller: Reader, table_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """One table."""
    return table_body(platform.warehouse.get(caller.project.id, table_id))


@router.delete("/{table_id}/", status_code=204, response_class=Response)
def remove_warehouse_table(caller: Writer, table_id: Number, platform: PlatformOf) -> Response:
    """Forget a table and its rows; of an existing one only that it was registered."""
    platform.warehouse.remove(caller.project.id, table_id)
    return Response(status_code=204)


def _kind_of(request: Request) -> FileKind:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = _KINDS.get(media_type)
    if kind is None:
        raise UnsupportedMediaType(
            f'Unsupported media type "{media_type}" in request: send text/csv or '
            "application/vnd.apache.parquet."
        )
    return kind


async def _receive(request: Request, upload: Upload, *, most_bytes: int) -> None:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise too_large(most_bytes)
    pieces: list[bytes] = []
    try:
        async for chunk in request.stream():
            pieces.append(chunk)
            if sum(map(len, pieces)) >= _PIECE:
                await run_in_threadpool(upload.write, b"".join(pieces))
                pieces.clear()
    except ClientDisconnect as error:
        raise Undecodable("The request's body ended too early.") from error
    await run_in_threadpool(upload.write, b"".join(pieces))
