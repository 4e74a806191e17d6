"""Sessions and the first set-up on the wire."""

from splitplot import __version__
from splitplot.accounts.keys import good_password
from splitplot.accounts.model import User
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.errors import ErrorBody
from splitplot.http.fields import Fields, read_fields, text
from splitplot.http.models import ExactBody, UserBlock
from splitplot.http.wire import user_block
from splitplot.services.accounts import FirstUser, Installation

# Nobody has signed in yet, so the description would not know these.
REFUSALS: dict[int | str, dict[str, object]] = {
    403: {"model": ErrorBody, "description": "The request comes from a page of another site."}
}


class SessionBody(ExactBody):
    """Who is signed in (null when nobody is), and whether there is anybody who could be."""

    user: UserBlock | None
    is_set_up: bool
    version: str


class InstallationBody(ExactBody):
    """A new installation; its two secret keys are shown this once."""

    project_id: int
    project_token: str
    personal_api_key: str
    project_secret_key: str
    email: str


def session_body(user: User | None, *, is_set_up: bool) -> dict[str, JsonValue]:
    """A `SessionBody`."""
    return {"user": user_block(user), "is_set_up": is_set_up, "version": __version__}


def installation_body(made: Installation) -> dict[str, JsonValue]:
    """An `InstallationBody`."""
    return {
        "project_id": made.project.id,
        "project_token": made.project.api_token,
        "personal_api_key": made.personal_api_key,
        "project_secret_key": made.project_secret_key,
        "email": made.user.email,
    }


def first_user(body: Properties) -> FirstUser:
    """What a set-up asks for."""
    values = read_fields(body, _FIRST, required=("email", "password"))
    first = FirstUser(**values)  # type: ignore[arg-type] # all of them are texts
    good_password(first.password)
    return first


def login_of(body: Properties) -> tuple[str, str]:
    """E-mail address and password."""
    values = read_fields(body, _LOGIN, required=("email", "password"))
    return str(values["email"]), str(values["password"])


def _password(value: JsonValue, field: str) -> str:
    # White space around it is part of a password.
    text()(value, field)
    return str(value)


_LOGIN: Fields = {"email": ("email", text(max_length=254)), "password": ("password", _password)}
_FIRST: Fields = {
    **_LOGIN,
    "project": ("project_name", text(max_length=200)),
    "organization": ("organization_name", text(max_length=200)),
}


def _body(**fields: object) -> dict[str, object]:
    login: dict[str, object] = {
        "email": {"type": "string", "format": "email"},
        "password": {"type": "string", "format": "password"},
    }
    schema = {"type": "object", "properties": login | fields, "required": list(login)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


LOGIN_BODY = _body()
SETUP_BODY = _body(
    project={"type": "string", "maxLength": 200}, organization={"type": "string", "maxLength": 200}
)
