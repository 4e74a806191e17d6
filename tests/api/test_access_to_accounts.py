"""Who am I, which projects are there, and how is one changed."""

from uuid import UUID

import pytest

from tests.api.stack import Stack


def test_a_user_sees_who_they_are_and_where(stack: Stack) -> None:
    body = stack.client.get("/api/users/@me/").json()

    project = stack.project
    team = {
        "id": project.id,
        "uuid": str(project.uuid),
        "organization": str(project.organization_id),
        "name": "Default project",
        "api_token": project.api_token,
        "timezone": "UTC",
    }
    assert body.pop("date_joined").endswith("Z")
    assert body["organization"].pop("created_at").endswith("Z")
    assert UUID(body.pop("uuid")) == stack.user.uuid
    assert body == {
        "id": 1,
        "distinct_id": stack.user.distinct_id,
        "first_name": "ada",
        "last_name": "",
        "email": "ada@example.com",
        "is_email_verified": None,
        "is_staff": False,
        "role_at_organization": None,
        "hedgehog_config": None,
        "organization": {
            "id": str(project.organization_id),
            "name": "My organization",
            "slug": "my-organization",
            "membership_level": 15,
            "teams": [team],
            "projects": [team],
        },
        "organizations": [
            {
                "id": str(project.organization_id),
                "name": "My organization",
                "slug": "my-organization",
            }
        ],
        "team": team,
    }


def test_a_key_for_projects_may_ask_who_it_belongs_to(stack: Stack) -> None:
    key = stack.key(projects=(stack.project.id,))
    response = stack.anonymous.get("/api/users/@me", headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200


def test_asking_who_one_is_needs_the_scope(stack: Stack) -> None:
    key = stack.key(scopes=("project:read",))
    response = stack.anonymous.get("/api/users/@me/", headers={"Authorization": f"Bearer {key}"})
    assert response.json()["detail"] == "API key missing required scope 'user:read'"


def test_projects_are_listed_with_their_public_token(stack: Stack) -> None:
    assert stack.client.get("/api/projects/").json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": stack.project.id,
                "uuid": str(stack.project.uuid),
                "organization": str(stack.project.organization_id),
                "api_token": stack.project.api_token,
                "name": "Default project",
                "timezone": "UTC",
                "is_demo": False,
                "completed_snippet_onboarding": False,
                "ingested_event": False,
                "access_control": False,
            }
        ],
    }


SETTINGS = {
    "name": "Shop",
    "timezone": "Europe/Berlin",
    "test_account_filters": [{"key": "email", "operator": "icontains", "value": "@shop.example"}],
    "default_experiment_stats_method": "frequentist",
    "default_experiment_confidence_level": 0.99,
    "default_experiment_cuped_lookback_days": 21,
    "flags_persistence_default": True,
    "default_only_count_matured_users": True,
    "experiment_recalculation_time": "03:30:00",
}


def test_every_setting_is_stored(stack: Stack) -> None:
    before = stack.client.get(stack.url()).json()
    changed = stack.client.patch(stack.url(), json=SETTINGS)

    assert changed.status_code == 200
    assert changed.json() == {**before, **SETTINGS}
    assert stack.client.get(stack.url()).json() == changed.json()


@pytest.mark.parametrize("name", list(SETTINGS))
def test_a_setting_that_is_not_sent_stays(stack: Stack, name: str) -> None:
    before = stack.client.patch(stack.url(), json=SETTINGS).json()
    other = {"name": "Other"} if name != "name" else {"timezone": "UTC"}
    assert stack.client.patch(stack.url(), json=other).json()[name] == before[name]


def test_no_confidence_level_is_a_level_too(stack: Stack) -> None:
    stack.client.patch(stack.url(), json=SETTINGS)
    cleared = stack.client.patch(stack.url(), json={"default_experiment_confidence_level": None})
    assert cleared.json()["default_experiment_confidence_level"] is None


@pytest.mark.parametrize("name", [n for n in SETTINGS if "level" not in n and "cuped" not in n])
def test_the_other_settings_are_never_null(stack: Stack, name: str) -> None:
    response = stack.client.patch(stack.url(), json={name: None})
    assert response.status_code == 400
    assert response.json() == {
        "type": "validation_error",
        "code": "null",
        "detail": "This field may not be null.",
        "attr": name,
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("name", "  ", "blank"),
        ("name", "x" * 201, "max_length"),
        ("timezone", "Mars/Olympus", "invalid_choice"),
        ("test_account_filters", {"key": "email"}, "not_a_list"),
        ("test_account_filters", ["email"], "not_a_dict"),
        ("default_experiment_stats_method", "tarot", "invalid_choice"),
        ("default_experiment_confidence_level", 0.5, "invalid_choice"),
        ("default_experiment_cuped_lookback_days", 31, "invalid_input"),
        ("default_experiment_cuped_lookback_days", True, "invalid_input"),
        ("flags_persistence_default", "maybe", "invalid_input"),
        ("test_account_filters", [{"operator": "exact", "value": "x"}], "invalid_input"),
        ("test_account_filters", [{"key": "email", "operator": "like"}], "invalid_input"),
        ("test_account_filters", [{"key": "email", "operator": ["exact"]}], "invalid_input"),
        ("test_account_filters", [{"key": "email", "type": "planet"}], "invalid_input"),
        ("default_only_count_matured_users", "maybe", "invalid_input"),
        ("experiment_recalculation_time", "25:00", "invalid_input"),
        ("experiment_recalculation_time", "02:00+01:00", "invalid_input"),
    ],
)
def test_a_setting_that_makes_no_sense_changes_nothing(
    stack: Stack, name: str, value: object, code: str
) -> None:
    before = stack.client.get(stack.url()).json()
    response = stack.client.patch(
        stack.url(), json={"flags_persistence_default": True, name: value}
    )

    assert response.status_code == 400
    assert response.json()["code"] == code
    assert response.json()["attr"].split("__")[0] == name
    assert stack.client.get(stack.url()).json() == before


def test_what_only_the_server_sets_is_not_changed(stack: Stack) -> None:
    before = stack.client.get(stack.url()).json()
    sent = {"id": 7, "api_token": "phc_mine", "created_at": None, "unheard_of": 1}
    assert stack.client.patch(stack.url(), json=sent).json() == before


def test_the_server_keeps_serving_the_project_under_its_new_settings(stack: Stack) -> None:
    stack.client.patch(stack.url(), json={"timezone": "Asia/Tokyo"})
    stack.platform.stores.flag_source.refresh()

    snapshot = stack.platform.stores.flag_source.find(stack.project.api_token)

    assert snapshot is not None
    assert snapshot.project.timezone == "Asia/Tokyo"
