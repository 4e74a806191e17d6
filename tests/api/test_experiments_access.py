import httpx
import pytest

from tests.api.management import Experiments, refusal

pytestmark = pytest.mark.both_databases


def ask(experiments: Experiments, method: str, *scopes: str) -> httpx.Response:
    stack = experiments.stack
    headers = {"Authorization": f"Bearer {stack.key(scopes=scopes)}"}
    url = stack.url("experiments/")
    if method == "GET":
        return stack.anonymous.get(url, headers=headers)
    body = {"name": "x", "feature_flag_key": "x"}
    return stack.anonymous.post(url, headers=headers, json=body)


def test_case_60_reading_does_not_allow_writing(experiments: Experiments) -> None:
    assert ask(experiments, "GET", "experiment:read").status_code == 200
    answer = ask(experiments, "POST", "experiment:read")
    detail = "API key missing required scope 'experiment:write'"
    assert refusal(answer, status=403) == ("permission_denied", detail, None)


def test_case_60_writing_allows_reading(experiments: Experiments) -> None:
    assert ask(experiments, "POST", "experiment:write").status_code == 201
    assert ask(experiments, "GET", "experiment:write").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_case_60_nothing_goes_without_a_key(experiments: Experiments, method: str) -> None:
    url = experiments.url(experiments.create())
    answer = experiments.stack.anonymous.request(method, url)
    assert refusal(answer, status=401)[0] == "not_authenticated"
    answer = experiments.stack.anonymous.post(f"{url}launch/")
    assert refusal(answer, status=401)[0] == "not_authenticated"


def test_flags_have_scopes_of_their_own(experiments: Experiments) -> None:
    stack = experiments.stack
    headers = {"Authorization": f"Bearer {stack.key(scopes=('experiment:write',))}"}
    for path in ("feature_flags/", "experiments/eligible_feature_flags/"):
        answer = stack.anonymous.get(stack.url(path), headers=headers)
        detail = "API key missing required scope 'feature_flag:read'"
        assert refusal(answer, status=403)[1] == detail
