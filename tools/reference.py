"""Writes `docs/reference/` from the code: the HTTP API, the settings, the commands, the errors.

Run by `make reference`; a test fails while a page is not what this would write.
"""

import inspect
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias, get_args

import orjson
import typer
from pydantic import BaseModel
from typer.main import get_command

from splitplot import errors
from splitplot.bootstrap import bootstrap
from splitplot.cli.main import app as command_line
from splitplot.http.app import create_app
from splitplot.http.errors import status_of
from splitplot.http.openapi import description_of
from splitplot.settings import Settings

FOLDER = Path("docs/reference")
NOTE = "<!-- Written by `make reference`; changes here are overwritten. -->"
Json: TypeAlias = Mapping[str, Any]


def api_description() -> dict[str, Any]:
    """The OpenAPI document of the server."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), events_url="memory://")
        # Nothing is asked of it, so it need not be started.
        with closing(bootstrap(settings)) as platform:
            return description_of(create_app(platform))


def api_page(description: Json) -> str:
    """Every operation, by subject."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            subject = operation.get("tags", ["server"])[0]
            subjects[subject].append(_operation(description, path, method, operation))
    head = [
        NOTE,
        "# HTTP API",
        _one_line("""
            Every operation of the management API. The same as an OpenAPI document:
            [openapi.json](openapi.json), or `GET /api/schema/` of a running server. Paths work
            with and without the last slash; `{project_id}` is a number or `@current`.
        """),
    ]
    parts = [part for name, texts in sorted(subjects.items()) for part in (f"## {name}", *texts)]
    return "\n\n".join([*head, *parts]) + "\n"


def _operation(description: Json, path: str, method: str, operation: Json) -> str:
    scopes = [s for item in operation.get("security", []) for held in item.values() for s in held]
    asked = f"Scope: `{'`, `'.join(scopes)}`." if scopes else ""
    summary = " ".join(operation.get("description", operation["summary"]).split())
    parts = [f"### `{method.upper()} {path}`", f"{summary} {asked}".strip()]
    parameters = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    if parameters:
        rows = [(f"`{p['name']}`", _one_line(p.get("description", ""))) for p in parameters]
        parts.append(_table(("query parameter", "meaning"), rows))
    body = _schema_of(operation.get("requestBody", {}))
    if body:
        parts.append(_fields("body", _resolved(description, body), description))
    for status, answer in sorted(operation["responses"].items()):
        if status.startswith("2"):
            parts.append(f"Answers {status} with {_kind(_schema_of(answer) or {})}.")
    refusals = [status for status in sorted(operation["responses"]) if status >= "4"]
    parts.append(f"Refusals: {', '.join(refusals)}." if refusals else "")
    return "\n\n".join(part for part in parts if part)


def models_page(description: Json) -> str:
    """Every body that has a name."""
    head = [NOTE, "# Bodies", "The objects that the [HTTP API](api.md) takes and answers."]
    parts = [
        f"## {name}\n\n{_one_line(schema.get('description', ''))}\n\n"
        + _fields("field", schema, description)
        for name, schema in sorted(description["components"]["schemas"].items())
    ]
    return "\n\n".join([*head, *parts]) + "\n"


def settings_page() -> str:
    """Every setting of the environment."""
    rows = list(_settings(Settings.model_construct(), "SPLITPLOT_"))
    head = [NOTE, "# Settings", "Read from the environment when a command starts."]
    return "\n\n".join([*head, _table(("variable", "default", "meaning"), rows)]) + "\n"


def _settings(defaults: BaseModel, prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in type(defaults).model_fields.items():
        variable, default = f"{prefix}{name.upper()}", getattr(defaults, name)
        meaning = _one_line(field.description or "")
        if not isinstance(default, BaseModel):
            yield f"`{variable}`", "" if default is None else f"`{default}`", meaning
            continue
        if type(None) in get_args(field.annotation):
            # What is said of the group is how to be without it.
            yield f"`{variable}`", "", meaning
        yield from _settings(default, f"{variable}__")


def commands_page() -> str:
    """Every command with its options."""
    head = [NOTE, "# Commands", "What `splitplot` can do; `--help` behind each says the same."]
    parts = list(_commands(get_command(command_line), "splitplot"))
    return "\n\n".join([*head, *parts]) + "\n"


def _commands(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401 Typer's type is private
    context = typer.Context(command, info_name=name)
    if hasattr(command, "list_commands"):
        for part in command.list_commands(context):
            yield from _commands(command.get_command(context, part), f"{name} {part}")
        return
    rows = [
        (_names(parameter), _one_line(getattr(parameter, "help", "") or ""))
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
    ]
    text = inspect.cleandoc(command.help or "")
    yield "\n\n".join(
        part for part in (f"## {name}", text, _table(("argument", "meaning"), rows)) if part
    )


def _names(parameter: Any) -> str:  # noqa: ANN401 likewise
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return " ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def errors_page() -> str:
    """Every kind of error, with its code and status."""
    rows = [
        (kind.__name__, f"`{kind.default_code}`", str(status_of(kind)))
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SplitplotError)
    ]
    head = [
        NOTE,
        "# Errors",
        _one_line("""
            Every error has one shape: `{type, code, detail, attr}`. `code` is stable and for
            programs, `detail` for people, `attr` names the field. A rule may have a code of its
            own; these are the ones of each kind.
        """),
    ]
    return "\n\n".join([*head, _table(("kind", "code", "status"), rows)]) + "\n"


def _fields(title: str, schema: Json, description: Json) -> str:
    rows = [
        (f"`{name}`", _kind(member), _one_line(member.get("description", "")))
        for name, member in _resolved(description, schema).get("properties", {}).items()
    ]
    return _table((title, "type", "meaning"), rows)


def _resolved(description: Json, schema: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = description["components"]["schemas"][name] if name else schema
    return found


def _schema_of(message: Json) -> Json | None:
    contents: Json = message.get("content", {})
    return next((content.get("schema") for content in contents.values()), None)


def _kind(schema: Json) -> str:
    """What a schema is, in a word or two."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](models.md#{name.lower()})"
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(_kind(one) for one in schema[choice])
    if "enum" in schema:
        return " or ".join(
            f"`{value}`" if value is not None else "null" for value in schema["enum"]
        )
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    description = api_description()
    return {
        "api.md": api_page(description),
        "models.md": models_page(description),
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "errors.md": errors_page(),
        "openapi.json": orjson.dumps(
            description, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        ).decode(),
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
