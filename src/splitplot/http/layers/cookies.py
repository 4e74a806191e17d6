"""The session cookie, and the proof that our own pages sent what it is used for.

A browser sends cookies along whoever makes it ask. `SameSite=Lax` keeps most of that out;
the rest is refused here. What a browser says about where a request comes from cannot be
written by a page: `Sec-Fetch-Site`, or without it `Origin`. A client that sends neither is
no browser, and shows that it means it with an `X-Requested-With` header, which pages of
others cannot add.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from splitplot.errors import Forbidden
from splitplot.services.members.sessions import SessionPolicy, SignedIn

SESSION_COOKIE = "splitplot_session"
_READING = ("GET", "HEAD", "OPTIONS")


def session_token(request: Request) -> str | None:
    """The token of the session cookie, or None when there is none."""
    return request.cookies.get(SESSION_COOKIE) or None


def give_cookie(
    response: Response, request: Request, signed_in: SignedIn, policy: SessionPolicy
) -> None:
    """Let the browser keep the session; scripts of pages do not see it."""
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        # Longer than any session: the server knows when one is over.
        max_age=int(policy.lifetime.total_seconds()) * 10,
        path="/",
        secure=_is_secure(request, policy),
        httponly=True,
        samesite="lax",
    )


def take_cookie(response: Response) -> None:
    """Let the browser forget the session."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")


def require_own_page(request: Request) -> None:
    """Refuse a change by cookie that is not proven to come from a page of ours.

    Raises:
        Forbidden: As the module says.
    """
    if request.method in _READING:
        return
    said = _comes_from_here(request)
    if not (_means_it(request) if said is None else said):
        raise _cross_site()


async def refuse_other_pages(request: Request) -> None:
    """Refuse what a page of others makes a browser send: signing in, for instance.

    Raises:
        Forbidden: The browser says that it comes from elsewhere.
    """
    if _comes_from_here(request) is False:
        raise _cross_site()


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client is not None else ""


def _comes_from_here(request: Request) -> bool | None:
    """What the browser says; None when it says nothing."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    return None


def _means_it(request: Request) -> bool:
    return "x-requested-with" in request.headers


def _cross_site() -> Forbidden:
    return Forbidden(
        "CSRF Failed: the request does not come from a page of this server.", code="csrf_failed"
    )


def _is_secure(request: Request, policy: SessionPolicy) -> bool:
    if policy.secure_cookie == "auto":
        return request.url.scheme == "https"
    return policy.secure_cookie == "always"
