"""A few views that do nothing but answer, or fail, for the tests of the view kit."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from dashboard.talkstack import errors
from dashboard.urls import handler400, handler403, handler404, handler500
from dashboard.urls import urlpatterns as real_urls
from dashboard.web import render

__all__ = ["handler400", "handler403", "handler404", "handler500"]
ERRORS = {
    "refused": errors.Refused(message="the account has no credit left", status=400),
    "conflict": errors.Conflict(status=409),
    "notfound": errors.NotFound(status=404),
    "key": errors.KeyRejected(status=401),
    "notallowed": errors.NotAllowed(status=403),
    "ratelimited": errors.RateLimited(retry_after=17.0),
    "unavailable": errors.Unavailable(),
    "unknown": errors.OutcomeUnknown(),
    "contract": errors.ContractBroken(),
    "locked": OperationalError("database is locked"),
    "bug": RuntimeError("secret detail"),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    raise ERRORS[kind]


def show(request: HttpRequest) -> HttpResponse:
    if request.GET.get("say"):
        render.see(request, request.GET["say"])
    status = int(request.GET.get("status", 200))
    fragments = {"dialog-body": "pair"} if request.GET.get("mapped") else ("pair",)
    return render.page(request, "numbered.html", {"n": 7}, fragments=fragments, status=status)


def go(request: HttpRequest) -> HttpResponse:
    return render.redirect(request, "web:healthz")


class Member:
    """Enough of a workspace and a membership to stand in the frame."""

    name, slug, practice = "Oak Care", "oak-care", True
    viewer = operator = admin = owner = True


def frame(request: HttpRequest) -> HttpResponse:
    request.workspace = request.may = request.membership = Member()
    if request.GET.get("fail"):
        raise ERRORS[request.GET["fail"]]
    return render.page(request, "layout/workspace.html")


urlpatterns = [
    path("fail/<str:kind>/", fail),
    path("show/", show),
    path("go/", go),
    path("frame/", include(([path("", frame, name="list")], "frame"))),
    *real_urls,
]
