import asyncio

import pytest
from starlette.requests import Request

from splitplot.http.paging import MAX_LIMIT, PageRequest, page_request, page_response


def asked(query: str = "") -> PageRequest:
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("flags.example", 80),
            "path": "/api/projects/1/experiments/",
            "query_string": query.encode(),
            "headers": [],
        }
    )
    parameters = request.query_params
    return asyncio.run(page_request(request, parameters.get("limit"), parameters.get("offset")))


def neighbours(query: str, count: int) -> tuple[object, object]:
    body = page_response([], count=count, page=asked(query))
    return body["next"], body["previous"]


BASE = "http://flags.example/api/projects/1/experiments/"


def test_a_page_has_a_hundred_items_unless_told() -> None:
    page = asked()
    assert (page.limit, page.offset) == (100, 0)


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1.5", "１", "²", "0x10", "1e3"])
def test_a_limit_that_makes_no_sense_is_the_default(text: str) -> None:
    assert asked(f"limit={text}").limit == 100


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5"])
def test_an_offset_that_makes_no_sense_is_none(text: str) -> None:
    assert asked(f"offset={text}").offset == 0


@pytest.mark.parametrize("digits", [6, 12, 5000])
def test_numbers_beyond_every_list_stay_within_the_databases_integers(digits: int) -> None:
    page = asked(f"limit={'9' * digits}&offset={'9' * digits}")
    assert page.limit == MAX_LIMIT
    assert 0 < page.offset < 2**31


def test_a_whole_list_has_no_neighbours() -> None:
    results = [{"id": 1}, {"id": 2}]
    assert page_response(results, count=2, page=asked()) == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": results,
    }


def test_the_first_page_points_to_the_second() -> None:
    assert neighbours("limit=2", 5) == (f"{BASE}?limit=2&offset=2", None)


def test_a_middle_page_points_both_ways_and_the_first_needs_no_offset() -> None:
    assert neighbours("limit=2&offset=2", 5) == (f"{BASE}?limit=2&offset=4", f"{BASE}?limit=2")


def test_the_last_page_points_back() -> None:
    assert neighbours("limit=2&offset=4", 5) == (None, f"{BASE}?limit=2&offset=2")


def test_a_page_that_ends_with_the_list_is_the_last() -> None:
    assert neighbours("limit=2&offset=2", 4)[0] is None


def test_an_offset_within_the_first_page_points_back_to_the_start() -> None:
    assert neighbours("limit=10&offset=3", 5) == (None, f"{BASE}?limit=10")


def test_an_offset_past_the_end_still_says_how_long_the_list_is() -> None:
    body = page_response([], count=3, page=asked("offset=100"))
    assert (body["count"], body["results"], body["next"]) == (3, [], None)


def test_neighbours_keep_every_other_parameter() -> None:
    found, _ = neighbours("search=a%26b&limit=1&tag=x&tag=y", 2)
    assert found == f"{BASE}?search=a%26b&tag=x&tag=y&limit=1&offset=1"
