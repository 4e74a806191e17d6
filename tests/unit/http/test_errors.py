import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError
from starlette.responses import Response

import splitplot.errors
from splitplot.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    SplitplotError,
    Throttled,
    TooCostly,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Undecodable,
    Undefined,
    UnsupportedMediaType,
)
from splitplot.http.errors import error_response, input_error, unexpected_response


def body_of(response: Response) -> object:
    return json.loads(bytes(response.body))


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (InvalidInput("x"), 400, "validation_error", "invalid_input"),
        (Undecodable("x"), 400, "invalid_request", "parse_error"),
        (Undefined("x"), 400, "validation_error", "undefined"),
        (TooCostly("x"), 400, "validation_error", "query_resource_limit_exceeded"),
        (TooLarge("x"), 413, "invalid_request", "too_large"),
        (UnsupportedMediaType("x"), 415, "invalid_request", "unsupported_media_type"),
        (Unauthenticated("x"), 401, "authentication_error", "not_authenticated"),
        (Forbidden("x"), 403, "authentication_error", "permission_denied"),
        (NotFound("x"), 404, "invalid_request", "not_found"),
        (MethodNotAllowed("x"), 405, "invalid_request", "method_not_allowed"),
        (Conflict("x"), 409, "server_error", "conflict"),
        (Throttled("x"), 429, "throttled_error", "throttled"),
        (Unavailable("x"), 503, "server_error", "unavailable"),
        (Overloaded("x"), 503, "server_error", "overloaded"),
        (SplitplotError("x"), 500, "server_error", "error"),
    ],
)
def test_an_error_has_one_status_and_one_shape(
    error: SplitplotError, status: int, kind: str, code: str
) -> None:
    response = error_response(error)

    assert response.status_code == status
    assert response.media_type == "application/json"
    assert body_of(response) == {"type": kind, "code": code, "detail": "x", "attr": None}


def test_a_question_that_was_stopped_says_what_it_ran_out_of() -> None:
    assert TooCostly.of_memory().code == "memory_limit_exceeded"
    assert "2.5 seconds" in TooCostly.of_time(2.5).message


def test_the_table_above_names_every_error() -> None:
    every = {
        value
        for value in vars(splitplot.errors).values()
        if isinstance(value, type) and issubclass(value, SplitplotError)
    }
    assert len(every) == 15


def test_an_error_of_a_resource_is_answered_as_its_nearest_ancestor() -> None:
    class TooOld(Conflict):
        default_code = "too_old"

    response = error_response(TooOld("x", attr="version"))

    assert response.status_code == 409
    assert body_of(response) == {
        "type": "server_error",
        "code": "too_old",
        "detail": "x",
        "attr": "version",
    }


def test_the_generic_code_has_one_name() -> None:
    assert body_of(error_response(InvalidInput("x", code="invalid"))) == {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "x",
        "attr": None,
    }


def test_who_is_unknown_is_told_how_to_authenticate() -> None:
    assert error_response(Unauthenticated("x")).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("error", [Throttled("x"), Unavailable("x"), Overloaded("x")])
def test_what_passes_says_when_to_come_again(error: SplitplotError) -> None:
    assert int(error_response(error).headers["Retry-After"]) >= 1


def test_the_unexpected_shows_nothing_of_its_inside() -> None:
    response = unexpected_response()

    assert response.status_code == 500
    assert body_of(response) == {
        "type": "server_error",
        "code": "error",
        "detail": "A server error occurred.",
        "attr": None,
    }


class Wheel(BaseModel):
    size: int


class Vehicle(BaseModel):
    name: Annotated[str, StringConstraints(min_length=1, max_length=3, strip_whitespace=True)] = ""
    kind: Literal["car", "bus"] = "car"
    seats: int = 1
    weight: float = 1.0
    red: bool = False
    tags: list[str] = []
    extras: dict[str, int] = {}
    wheels: list[Wheel] = []


@pytest.mark.parametrize(
    ("sent", "code", "detail", "attr"),
    [
        ({"name": None}, "null", "This field may not be null.", "name"),
        ({"name": 5}, "invalid_input", "Not a valid string.", "name"),
        ({"name": " "}, "blank", "This field may not be blank.", "name"),
        (
            {"name": "long"},
            "max_length",
            "Ensure this field has no more than 3 characters.",
            "name",
        ),
        ({"kind": "tram"}, "invalid_choice", '"tram" is not a valid choice.', "kind"),
        ({"kind": "{0}"}, "invalid_choice", '"{0}" is not a valid choice.', "kind"),
        ({"seats": "two"}, "invalid_input", "A valid integer is required.", "seats"),
        ({"seats": 1.5}, "invalid_input", "A valid integer is required.", "seats"),
        ({"weight": "heavy"}, "invalid_input", "A valid number is required.", "weight"),
        ({"red": "scarlet"}, "invalid_input", "Must be a valid boolean.", "red"),
        (
            {"tags": {}},
            "not_a_list",
            'Expected a list of items but got type "dict".',
            "tags",
        ),
        (
            {"extras": []},
            "not_a_dict",
            'Expected a dictionary of items but got type "list".',
            "extras",
        ),
        ({"wheels": [{"size": 1}, {}]}, "required", "This field is required.", "wheels__1__size"),
    ],
)
def test_a_field_that_breaks_a_rule_is_told_in_known_words(
    sent: dict[str, object], code: str, detail: str, attr: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Vehicle.model_validate(sent)

    error = input_error(refused.value.errors())

    assert isinstance(error, InvalidInput)
    assert (error.code, error.message, error.attr) == (code, detail, attr)


def test_the_first_of_several_is_reported() -> None:
    with pytest.raises(ValidationError) as refused:
        Vehicle.model_validate({"red": 7, "seats": "x"})

    assert input_error(refused.value.errors()).attr == "seats"


def test_a_rule_of_our_own_is_told_in_its_own_words() -> None:
    failure = PydanticCustomError("odd", "Must be even.")

    error = input_error([{"type": failure.type, "msg": failure.message(), "loc": (), "input": 3}])

    assert (error.code, error.message, error.attr) == ("invalid_input", "Must be even.", None)


def test_a_path_that_makes_no_sense_is_not_found() -> None:
    error = input_error(
        [{"type": "int_parsing", "msg": "", "loc": ("path", "experiment_id"), "input": "x"}]
    )
    assert isinstance(error, NotFound)


def test_where_a_field_stood_is_no_part_of_its_name() -> None:
    error = input_error([{"type": "missing", "msg": "", "loc": ("query", "token"), "input": {}}])
    assert error.attr == "token"
