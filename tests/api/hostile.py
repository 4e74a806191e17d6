"""What hostile and careless clients send, and what every answer to them must be."""

import json

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FIELDS = (
    "name", "key", "description", "start_date", "end_date", "feature_flag_key", "holdout_id",
    "parameters", "feature_flag_variants", "rollout_percentage", "aggregation_group_type_index",
    "secondary_metrics", "saved_metrics_ids", "filters", "groups", "properties", "multivariate",
    "variants", "payloads", "archived", "deleted", "active", "type", "exposure_criteria",
    "exposure_config", "filterTestAccounts", "multiple_variant_handling", "metrics",
    "metrics_secondary", "metric_type", "source", "series", "kind", "event", "math",
    "math_property", "goal", "uuid", "conversion_window", "conversion_window_unit", "stats_config",
    "method", "bayesian", "frequentist", "ci_level", "scheduling_config", "conclusion",
    "conclusion_comment", "excluded_variants", "variant_key", "release_to_everyone", "query",
    "refresh", "experiment_id", "metric", "feature_flag", "timezone", "test_account_filters",
    "default_experiment_stats_method", "default_experiment_confidence_level", "access_control",
    "flags_persistence_default", "ensure_experience_continuity", "evaluation_runtime",
    "evaluation_contexts", "bucketing_identifier", "version", "original_flag", "value", "operator",
    "personal_api_key", "lower_bound_percentile", "upper_bound_percentile", "breakdownFilter",
)  # fmt: skip
ODD_TEXTS = st.sampled_from(
    [
        "", " ", "null", "\0", "\ud800", "\udfff\ud800", "😀", "x" * 5000, "@current", "{0.real}",
        "{given.__class__}", "%s%n", "'; DROP TABLE events; --", '"', "\\", "../../etc/passwd",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00", "-0001-01-01", "NaN",
        "Infinity", "1e999", "9" * 5000, "-7d", "control", "test", "mean", "funnel", "EventsNode",
        "ExperimentMetric", "ExperimentQuery", "ExperimentExposureQuery", "regex", "(" * 300,
        "is_date_before", "person", "Europe/Berlin", "../UTC", "frequentist", "*", "١٢", "²",
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400, 1e308, -0.0])
    | st.floats()
    | ODD_TEXTS
    | st.text(max_size=5)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6)
# Not JSON at all, or JSON that costs its reader dearly.
RAW = st.sampled_from(
    [
        b"", b" ", b"{", b"null", b"[]", b'"\\ud800"', b'{"name": NaN}', b'{"name": 1e999}',
        b'{"name": "\\ud800"}', b'{"name": "\xff\xfe"}', b'{"name": "\\u0000"}', b"\xef\xbb\xbf{}",
        b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000,
        b'{"filters":' * 60 + b"{}" + b"}" * 60,
        b'{"parameters":' + b"[" * 200 + b"]" * 200 + b"}", b'{"name":"a","name":{"b":1}}',
        b'{"' + b"9" * 9999 + b'":' + b"9" * 9999 + b"}", b"name=a&name=b&filters=%00%ff&key",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", b"\x1f\x8b\x08\x00junk",
    ]
)  # fmt: skip
CONTENT_TYPES = st.sampled_from(
    [
        "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "text/xml", "", "application/vnd.api+json", "\xff/;=",
    ]
)  # fmt: skip
NUMBERS = ("0", "-1", "999999", "2147483648", "9" * 400, "1.5", "1e3", "0x1", "+1", " 1")
WORDS = ("@current", "@me", "..", "%00", "%2e%2e", "%ff", "é", "😀", "'", "null", "1;2", "١")
PLACES = st.sampled_from(NUMBERS + WORDS)
QUERIES = st.sampled_from(
    [
        '["\\ud800"]', "[" * 9999, "1e999", "[1e999]", "[null]", "{}", "-created_at", "\x00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "%", "_", "\\", "'", "true",
        "running", "9" * 5000, "-1", "١", "", "a,b,,", "[[[]]]", "😀",
    ]
)  # fmt: skip
SHAPE = {"type", "code", "detail", "attr"}
INSIDES = ("Traceback", 'File "', "site-packages", "sqlalchemy", "object at 0x", "pydantic")


def fuzzed(examples: int) -> settings:
    """The same examples in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def careless(value: object) -> bytes:
    """JSON with NaN, infinities and halves of characters."""
    return json.dumps(value).encode()


def check(answer: httpx.Response) -> None:
    """No crash, nothing of the inside, and every refusal in the one shape."""
    assert answer.status_code < 500, (answer.request.url, answer.text)
    if answer.status_code < 400 or (answer.status_code == 405 and not answer.content):
        return
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    if body.keys() in ({"error"}, {"detail"}):
        return  # described in that shape, or the transport would not have let it through
    assert body.keys() == SHAPE, body
    assert all(isinstance(body[name], str) and body[name] for name in ("type", "code", "detail"))
    assert body["attr"] is None or isinstance(body["attr"], str)
    assert not [inside for inside in INSIDES if inside in body["detail"]], body
