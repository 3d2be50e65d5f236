"""From the link of an invitation to the first page. The token leaves the address at once; looking uses nothing up."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.accounts import carried, last_session, limits, lockout, signing, verbs
from dashboard.accounts.models import Membership
from dashboard.accounts.not_done import wait_words
from dashboard.accounts.pace import no_sooner
from dashboard.accounts.views import sign_out
from dashboard.team import invitations, joining, kept, phrases, ranks
from dashboard.team.forms import AccountForm
from dashboard.team.models import Invitation
from dashboard.web import problems
from dashboard.web.render import page, redirect, see

MOST_LINKS, WITHIN = 60, 3600


@never_cache
@require_safe
def open_link(request: Any, token: str) -> HttpResponse:
    """/invitations/<token>/: to the page of the invitation. So many an hour from one place, good or not."""
    wait = limits.spend(f"invitation:{lockout.address_of(request)}", MOST_LINKS, WITHIN)
    if wait:
        words = f"Too many invitations were opened from here. Nothing was done. Try again in {wait_words(wait)}."
        return problems.answer(request, problems.too_often(words, wait))
    kept.keep_token(request, token)
    return redirect(request, "invitations:accept")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: Any) -> HttpResponse:
    """/invitations/: who invites, into what, as what; and the way in for whoever is in front of it."""
    if request.method == "POST" and "sign_out" in request.POST:
        return _sign_out(request)
    invitation = invitations.find(kept.token(request))
    if invitation is None or not (invitations.is_open(invitation) and invitations.still_counts(invitation)):
        return _no_good(request, invitation)
    request.session.seen()
    if not request.user.is_authenticated:
        return _as_nobody(request, invitation)
    if request.method != "POST" or request.user.email != invitation.email:
        case = "join" if request.user.email == invitation.email else "other"
        return _show(request, invitation, case)
    try:
        return _welcome(request, joining.join(invitation, request.user))
    except joining.Spent:
        return redirect(request, "invitations:accept")


def _as_nobody(request: Any, invitation: Invitation) -> HttpResponse:
    """An account is made here, if the link is proof enough and nobody has the address; everybody else signs in."""
    if not invitations.may_make_account(invitation):
        case = "talkstack"
    elif invitations.holder(invitation):
        case = "sign_in"
    elif request.method == "POST":
        return _make_account(request, invitation)
    else:
        case = "new"
    if request.method == "POST":
        return redirect(request, "invitations:accept")
    carried.remember(request, invitation.email)
    carried.go_on(request, reverse("invitations:accept"))
    return _show(request, invitation, case, AccountForm(email=invitation.email) if case == "new" else None)


@no_sooner
def _make_account(request: Any, invitation: Invitation) -> HttpResponse:
    form = AccountForm(request.POST, email=invitation.email)
    if not form.is_valid():
        return _show(request, invitation, "new", form)
    told = form.cleaned_data
    try:
        membership = joining.join_as_new(invitation, told["name"], make_password(told["password"]))
    except (joining.Spent, IntegrityError):
        return redirect(request, "invitations:accept")
    signing.begin(request, membership.user, told["tz"])
    answer = _welcome(request, membership)
    lockout.know_device(request, answer, membership.user.email)
    last_session.mark(request, answer)
    return answer


def _welcome(request: Any, membership: Membership) -> HttpResponse:
    """To the first page of the workspace, with what one can do there and where to start."""
    kept.drop_token(request)
    carried.go_on(request, "")
    see(request, phrases.welcome(membership.workspace.name, membership.role))
    return redirect(request, f"/w/{membership.workspace.slug}/")


def _sign_out(request: Any) -> HttpResponse:
    """Whoever is signed in goes; the invitation stays in this browser."""
    token = kept.token(request)
    left = sign_out(request)
    kept.keep_token(request, token)
    answer = redirect(request, "invitations:accept")
    answer["Clear-Site-Data"] = left["Clear-Site-Data"]
    return answer


def _show(request: Any, invitation: Invitation, case: str, form: AccountForm | None = None) -> HttpResponse:
    context = {
        "invitation": invitation,
        "inviter": invitation.invited_by,
        "role": ranks.a(invitation.role),
        "verbs": verbs.of(invitation.role),
        "case": case,
        "form": form,
    }
    return page(request, "team/accept.html", context, status=422 if form is not None and form.is_bound else 200)


def _no_good(request: Any, invitation: Invitation | None) -> HttpResponse:
    """One page for all of them; straight in for somebody who joined with it just now and came back."""
    if invitation is not None and request.user.is_authenticated and invitation.used_by_id == request.user.pk:
        mine = Membership.objects.filter(workspace=invitation.workspace_id, user=request.user).exists()
        if mine:
            see(request, f"You belong to {invitation.workspace.name} already.", "info")
            return redirect(request, f"/w/{invitation.workspace.slug}/")
    context = {"invitation": invitation, "over": invitations.why_not(invitation) if invitation else ""}
    return page(request, "team/no_good.html", context, status=410 if invitation else 404)
