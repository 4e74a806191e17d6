import pytest

from splitplot.http.layers.edge import normal_path


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/flags", "/flags/"),
        ("/flags/", "/flags/"),
        ("//flags/", "/flags/"),
        ("///batch", "/batch/"),
        ("//", "/"),
        ("/api/environments/1/query", "/api/projects/1/query/"),
        ("/api/environments/@current/experiments/", "/api/projects/@current/experiments/"),
        ("/api/environments", "/api/projects/"),
        ("/api/environments2/1/", "/api/environments2/1/"),
        ("/array/phc_x/config.js", "/array/phc_x/config.js/"),
        ("", "/"),
    ],
)
def test_every_thing_has_one_path(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@pytest.mark.parametrize("path", ["/", "//a//b", "/api/environments/1", "x"])
def test_a_normal_path_stays_as_it_is(path: str) -> None:
    assert normal_path(normal_path(path)) == normal_path(path)
