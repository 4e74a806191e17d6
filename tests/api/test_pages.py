"""The web pages: which addresses are theirs, and how their files are handed out."""

import gzip
import json
import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import httpx
import pytest

from splitplot.http.pages import addresses
from splitplot.http.pages.built import Built
from tests.api.stack import Stack

INDEX = """<!doctype html><meta property="csp-nonce" nonce="nonce-of-this-answer" />"""
SCRIPT = b"console.log('a page');\n" * 20
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a build of one script; one file in it is not part of the build."""
    folder = tmp_path / "app"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "theme.js").write_bytes(SCRIPT)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "secret.js").write_text("not built")
    script = folder / "assets" / "index-abc.js"
    script.with_name("index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    script.with_name("index-abc.js.br").write_bytes(brotli.compress(SCRIPT))
    names = ["assets/index-abc.js", "favicon.svg", "index.html", "theme.js"]
    (folder / "build.json").write_text(json.dumps({"files": names, "sources": "x"}))
    monkeypatch.setattr(addresses, "BUILT", Built(folder))
    return folder


@pytest.fixture
def unbuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No build, though a broken one left its folder behind."""
    (tmp_path / "index.html").write_text(INDEX)
    monkeypatch.setattr(addresses, "BUILT", Built(tmp_path))


def asset(stack: Stack, accepted: str, **headers: str) -> httpx.Response:
    named = {"Accept-Encoding": accepted, **headers}
    return stack.anonymous.get("/assets/index-abc.js", headers=named)


@pytest.mark.usefixtures("app")
def test_an_address_of_nobody_else_is_a_page(stack: Stack) -> None:
    for path in ("/", "/project/1/experiments/3/results", "/invite/token", "//feature_flags"):
        url = httpx.URL("http://splitplot.test").copy_with(path=path)
        answer = stack.anonymous.get(url, headers=HTML)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.text.startswith("<!doctype html>")
        assert stack.anonymous.head(url, headers=HTML).status_code == 200


@pytest.mark.usefixtures("app")
def test_what_others_do_not_know_stays_unknown(stack: Stack) -> None:
    for path in (
        *("/api/nothing", "/api/projects/1/nothing", "/e/nothing", "/flags/nothing"),
        *("/static/nothing/at/all", "/_health/nothing", "/ofrep/nothing", "/assets/a/b"),
    ):
        answer = stack.client.get(path, headers=HTML)
        assert answer.status_code == 404, path
        assert "text/html" not in answer.headers["content-type"]


@pytest.mark.usefixtures("app")
def test_only_who_wants_to_read_gets_a_page(stack: Stack) -> None:
    assert stack.anonymous.get("/project/1").status_code == 404
    assert stack.anonymous.post("/project/1", headers=HTML).status_code == 404
    assert stack.anonymous.get("/e", headers=HTML).status_code != 404


@pytest.mark.usefixtures("app")
def test_a_page_may_load_only_what_comes_from_here(stack: Stack) -> None:
    pages = [stack.anonymous.get("/", headers=HTML) for _ in range(2)]
    nonces = [re.findall(r'nonce="([\w-]+)"', page.text)[0] for page in pages]
    assert nonces[0] != nonces[1]
    policy = pages[0].headers["content-security-policy"]
    assert policy == (
        f"default-src 'self'; style-src 'self' 'nonce-{nonces[0]}'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert pages[0].headers["x-content-type-options"] == "nosniff"
    assert pages[0].headers["referrer-policy"] == "same-origin"


@pytest.mark.usefixtures("app")
def test_an_asset_comes_in_the_smallest_encoding_that_is_taken(stack: Stack) -> None:
    for accepted, encoding in (
        *(("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None), ("*", "br")),
        *(("br;q=0, gzip", "gzip"), ("zstd", None)),
    ):
        answer = asset(stack, accepted)
        assert answer.content == SCRIPT
        assert answer.headers.get("content-encoding") == encoding, accepted
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.headers["content-type"] == "application/javascript; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("app")
def test_who_has_an_asset_is_not_sent_it_again(stack: Stack) -> None:
    tag = asset(stack, "br").headers["etag"]
    again = asset(stack, "br", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert asset(stack, "gzip", **{"If-None-Match": tag}).status_code == 200
    head = stack.anonymous.head("/assets/index-abc.js", headers={"Accept-Encoding": "br"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == tag


@pytest.mark.usefixtures("app")
def test_files_without_a_hash_are_asked_for_again(stack: Stack) -> None:
    kinds = {"/theme.js": "application/javascript", "/favicon.svg": "image/svg+xml"}
    for path, kind in kinds.items():
        answer = stack.anonymous.get(path)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("app")
def test_only_files_of_the_build_are_handed_out(stack: Stack) -> None:
    for path in (
        *("/assets/secret.js", "/assets/../build.json", "/assets/..%2fbuild.json", "/assets/"),
        *("/assets/%2e%2e", "/assets/..%5cbuild.json", "/assets/index-abc.js.br", "/build.json"),
        "/assets/%2fetc%2fpasswd",
    ):
        url = httpx.URL("http://splitplot.test").copy_with(raw_path=path.encode())
        assert stack.anonymous.get(url).status_code == 404, path


def test_another_build_does_not_mix_with_the_one_that_is_served(stack: Stack, app: Path) -> None:
    assert asset(stack, "identity").content == SCRIPT
    (app / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(b"other"))
    assert asset(stack, "identity").content == SCRIPT


@pytest.mark.usefixtures("unbuilt")
def test_without_pages_the_command_that_makes_them_is_named(stack: Stack) -> None:
    for path in ("/", "/project/1"):
        answer = stack.anonymous.get(path, headers=HTML)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<code>make ui</code>" in answer.text
        assert "://" not in answer.text, "the page loads nothing from elsewhere"
    assert stack.anonymous.get("/theme.js").status_code == 404
