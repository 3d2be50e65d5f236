"""The catalogue of voices: heard, searched, narrowed down, and who uses which."""

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.accounts import queries, sound
from dashboard.accounts.access import workspace_view
from dashboard.talkstack import Voice
from dashboard.web.links import link
from dashboard.web.render import page

from . import facets, uses
from .uses import Uses

SHOWN = 120
USES_SHOWN = 4


@workspace_view(role="viewer")
@require_safe
def listing(request: Any) -> HttpResponse:
    """All voices, or those that fit the address."""
    read = request.upstream.page(request, voices=queries.voices()).voices
    voices: list[Voice] = read.value or []
    used = uses.of_workspace(request.workspace)
    wish = facets.chosen(request.GET.dict(), dict(request.GET.lists()), voices)
    found = facets.find(voices, wish, used.by_voice)
    context = {
        "read": read,
        "total": len(voices),
        "found": found,
        "wish": wish,
        "q": request.GET.get("q", "")[:200],
        "cards": [_card(request, voice, used) for voice in found.voices[:SHOWN]],
        "more": max(0, len(found.voices) - SHOWN),
        "used": used,
        "ask_again": read.stale and not request.GET.get("fresh"),
    }
    return page(request, "voices/list.html", context, fragments=("voices-found",))


@workspace_view(role="viewer")
@require_safe
def preview(request: Any, voice_id: str) -> HttpResponse:
    """How the voice sounds, in slices, through us."""
    listed = request.upstream.read(voices=queries.voices()).voices.must()
    voice = next((one for one in listed if one.id == voice_id), None)
    voice = voice or request.upstream.client().voices.get(
        voice_id
    )  # an agent may have one that is not in the catalogue
    if voice is None or not voice.preview_url:
        raise Http404("There is no preview of this voice.")
    return sound.answer(request, request.workspace, voice.preview_url)


def _card(request: Any, voice: Voice, used: Uses) -> dict[str, Any]:
    agents = used.by_voice.get(voice.id, [])
    slug = request.workspace.slug
    return {
        "name": voice.name or "Voice without a name",
        "labels": [(facets.name(label), text) for label, text in voice.labels.items()][:12],
        "preview": _preview(request, voice),
        "silent": _silent(request, voice),
        "agents": [_agent(slug, use) for use in agents[:USES_SHOWN]],
        "agents_more": max(0, len(agents) - USES_SHOWN),
        "id": voice.id,
    }


def _agent(slug: str, use: uses.Use) -> dict[str, str]:
    return {
        "name": use.agent_name or "Agent without a name",
        "project": use.project_name,
        "url": link("agents:detail", slug, use.project_id, use.agent_id),
    }


def _preview(request: Any, voice: Voice) -> str:
    """Where the preview is played from, "" when there is none that may be played."""
    return "" if _silent(request, voice) else link("voices:preview", request.workspace.slug, voice.id)


def _silent(request: Any, voice: Voice) -> str:
    """Why it cannot be heard, "" when it can."""
    if not voice.preview_url:
        return "Talkstack has no preview of this voice."
    if not sound.allowed(voice.preview_url, request.workspace):
        return "Its preview is kept on a server that this dashboard does not fetch from (MEDIA_HOSTS)."
    return ""
