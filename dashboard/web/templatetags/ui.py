"""Template tags and filters of the view kit. A value becomes a string once, here, cheaply enough for two hundred rows."""

import re
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from lucide.templatetags.lucide import lucide

from dashboard.web import phone as numbers
from dashboard.web.links import link

register = template.Library()
_WEB = re.compile(r"https?://[^\s<>\"']+\Z", re.IGNORECASE)
_VARIABLE = re.compile(r"(\{\{[^{}\n]{0,200}\}\})")


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> str:
    """An icon of lucide, drawn inline in the colour of the text. Raises for a name that it does not have."""
    drawn: str = lucide(name, size=size, **{"class": "i", "aria-hidden": "true", "focusable": "false"})
    return drawn


@register.filter
def phone(e164: str) -> str:
    """A number grouped for reading."""
    return numbers.display(str(e164 or ""))


@register.filter
def initials(name: str) -> str:
    """One or two capital letters for a name: "OC" for "Oak Care"."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))[:2].upper()


@register.filter
def duration(seconds: Any) -> str:
    """Seconds as "1 min 42 s"; "" for nothing."""
    if seconds in (None, ""):
        return ""
    try:
        whole = max(round(float(seconds)), 0)
    except (TypeError, ValueError, OverflowError):
        return ""
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {left:02d} s" if minutes else f"{left} s"


@register.filter
def money(amount: Any, currency: str = "") -> str:
    """A cost as "$0.34"; Talkstack names no currency, so dollars are assumed unless another one is named."""
    if amount is None or amount == "":
        return ""
    value = Decimal(str(amount))
    digits = f"{value:,.2f}" if abs(value) >= Decimal("0.01") or not value else f"{value:,.4f}".rstrip("0")
    return f"${digits}" if currency.upper() in ("", "USD") else f"{digits} {currency.upper()}"


@register.simple_tag
def badge(label: str, kind: str = "", hollow: object = False) -> str:
    """A status as dot, word and colour; the same as ui/_badge.html, and cheap enough for a loop of rows."""
    return _badge(str(label), kind, bool(hollow))


@lru_cache(maxsize=1024)
def _badge(label: str, kind: str, hollow: bool) -> str:
    sorts = " ".join(word for word in ("badge", kind, "hollow" if hollow else "") if word)
    return format_html('<span class="{}">{}</span>', sorts, label)


@register.simple_tag
def when(moment: datetime | None, style: str = "") -> str:
    """A moment in the viewer's zone: the clock time today, the day as well before that; "seconds" shows them, always.

    "clock" is the time with seconds alone, where the day stands beside it.
    """
    if moment is None:
        return "–"
    zone = timezone.get_current_timezone()
    return _when(moment, style, zone, datetime.now(zone).date())


@lru_cache(maxsize=4096)
def _when(moment: datetime, style: str, zone: tzinfo, today: date) -> str:
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if style in ("seconds", "clock") else f"{local:%H:%M}"
    if style != "clock" and local.date() != today:
        day = f"{local:%-d %b}" if local.year == today.year else f"{local:%-d %b %Y}"
        clock = f"{day}, {clock}" if style == "seconds" or local.year == today.year else day
    title = f"{local:%A %-d %B %Y, %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), title, clock)


@register.simple_tag
def zone_name() -> str:
    """The zone that times on this page are in, for people: "Europe/Berlin" as "Berlin", UTC as it is."""
    return timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """How long ago, counted up in the browser; the clock time stays in the title, and is what is seen without JavaScript."""
    if moment is None:
        return ""
    zone = timezone.get_current_timezone()
    words = _ago(moment, zone, datetime.now(zone).date())
    return format_html('<time data-ago="{}" {}</time>', _seconds_ago(moment), words)


@lru_cache(maxsize=4096)
def _ago(moment: datetime, zone: tzinfo, today: date) -> str:
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.date() == today else f"{local:%-d %b, %H:%M}"
    return format_html('datetime="{}" title="{}">at {}', moment.isoformat(), f"{local:%-d %b, %H:%M:%S %Z}", clock)


def _seconds_ago(moment: datetime) -> int:
    return max(int((timezone.now() - moment).total_seconds()), 0)


@register.simple_tag
def as_of(read: Any) -> str:
    """How old a read of Talkstack is, and why there is nothing newer."""
    if getattr(read, "error", None) is not None:
        if read.at is None:
            return format_html('<span class="as-of bad">{}</span>', read.error.sentence)
        return format_html(
            '<span class="as-of">{} This is from {}.</span>', read.error.sentence, when(read.at, "seconds")
        )
    if getattr(read, "at", None) is None:
        return ""
    return format_html('<span class="as-of">Read from Talkstack {}.</span>', ago(read.at))


@register.simple_tag(takes_context=True)
def url_with(context: dict[str, Any], request: Any = None, **changes: Any) -> str:
    """The present query string with some parameters changed; None removes one. "?" when nothing is left."""
    query: QueryDict = (request or context["request"]).GET.copy()
    query.pop("fresh", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("ui/_locked.html", takes_context=True)
def locked(context: dict[str, Any], label: str, role: str) -> dict[str, Any]:
    """What somebody may not do, in the place of its button, with the way to whom to ask. `role` is the smallest that may."""
    workspace = context.get("workspace")
    return {"label": label, "role": role, "url": link("team:list", workspace.slug) if workspace else ""}


@register.filter
def weblink(url: str) -> str:
    """An address from outside as a link, if it is http or https and nothing else; otherwise as text."""
    text = str(url or "")
    if not _WEB.match(text):
        return text
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', text, text)


@register.filter
def variables(text: str) -> str:
    """A prompt with its {{variables}} marked. Everything is escaped first: it is text, whatever it looks like."""
    parts = _VARIABLE.split(str(text))
    return format_html_join("", "{}", ((_marked(part, n % 2 == 1),) for n, part in enumerate(parts)))


def _marked(part: str, is_variable: bool) -> str:
    return format_html("<mark>{}</mark>", part) if is_variable else conditional_escape(part)
