"""People who join the organization of the shared server."""

from uuid import uuid4

import httpx

from tests.e2e.ui.pages import PASSWORD, Pages


def joined(ui: Pages, name: str, *, level: str | None = None) -> str:
    """The e-mail address of a new member.

    Args:
        ui: Of which server.
        name: What the member is called.
        level: What the member may do in the project, where that is not what members may.
    """
    email = f"{uuid4().hex[:8]}@example.com"
    invites = "/api/organizations/@current/invites/"
    invite = ui.team.http.post(invites, json={"target_email": email, "level": 1})
    assert invite.status_code == 201, invite.text
    token = invite.json()["link"].rsplit("/", 1)[1]
    answer = httpx.post(
        f"{ui.url}/api/invites/{token}/",
        json={"password": PASSWORD, "first_name": name},
        headers={"X-Requested-With": "splitplot"},
    )
    assert answer.status_code == 201, answer.text
    if level is not None:
        members = ui.team.http.get("/api/organizations/@current/members/").json()["results"]
        member = next(one["user"]["uuid"] for one in members if one["user"]["email"] == email)
        rule = {"resource": "project", "access_level": level, "organization_member": member}
        put = ui.team.http.put(ui.team.project + "access_controls/", json=rule)
        assert put.status_code == 200, put.text
    return email
