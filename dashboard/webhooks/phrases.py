"""What is said after something was done about a webhook: the words, and how good they are. Pure functions."""

from dashboard.talkstack import Project, posting
from dashboard.web.tokens import masked
from dashboard.webhooks import addresses, reading

Said = tuple[str, str]
_KEY, _NOTHING = "it asks for a key, or does not let us in", "there is nothing at this address"
_WHY = {401: _KEY, 403: _KEY, 404: _NOTHING, 410: _NOTHING, 405: "it takes no POST requests at this address"}
_REFUSALS = {code: f"The other system refused it: {why}." for code, why in _WHY.items()} | {
    429: "The other system is busy and asks to wait.",
    413: "The other system refused it: it is too large.",
}


def changed(before: Project, now: Project | None, url: str, relay: str) -> Said:
    """What Talkstack has now, not what was hoped for."""
    shown, name = masked(url), reading.called(before)
    if now is None:
        return f"Talkstack took the new address {shown}, but it could not be read back.", "warning"
    if now.webhook != shown:
        return f"Talkstack took the new address, but still shows {now.webhook or 'none'}.", "warning"
    words = f"Updates of {name} go to {'this dashboard' if addresses.is_ours(shown) else shown} now."
    if relay:
        words += f" Each is passed on to {relay}."
    if before.webhook and before.webhook != shown and not addresses.is_ours(before.webhook):
        words += f" Before, they went to {before.webhook}."
    elif addresses.is_ours(before.webhook) and not addresses.is_ours(shown):
        words += " Before, they went to this dashboard."
    return words, "success"


def rotated(there: bool, sentence: str) -> Said:
    """Whether Talkstack has the new address, and what becomes of the old one."""
    if there:
        return (
            "Talkstack has the new address. The old one counts for 7 more days; end it as soon as nothing comes to it.",
            "success",
        )
    why = f" {sentence}" if sentence else ""
    return (
        f"The new secret is made, but Talkstack does not show it.{why} The old one goes on. Save “This dashboard” to try again.",
        "warning",
    )


def tested(posted: posting.Posted, who: str) -> Said:
    """What came of a test of the other system, `who`."""
    if posted.ok:
        return f"{who} took the test event, after {_took(posted)}.", "success"
    return f"{who} did not take the test event. {answered(posted)}", "warning"


def tested_here(posted: posting.Posted, address: str) -> Said:
    """What came of a test of our own door; `address` is where this dashboard is, as it was told."""
    if posted.ok:
        return f"This dashboard took the test event, after {_took(posted)}.", "success"
    if posted.code in (429, 503):
        return "This dashboard is too busy to take the test event just now. Try it again in a minute.", "warning"
    why = "Something answered there, but it took nothing." if posted.code else posted.words
    return (
        f"The test event did not reach this dashboard at {address}. {why} Talkstack's events would not either: "
        "whoever runs the dashboard sets PUBLIC_URL to an address that leads to it.",
        "warning",
    )


def answered(posted: posting.Posted) -> str:
    """What the other system said to an event, in a sentence."""
    if posted.ok:
        return "Taken."
    if posted.code == 0:
        return posted.words
    if posted.code >= 500:
        return "The other system has a problem of its own."
    return posted.words or _REFUSALS.get(posted.code, "The other system refused it.")


def _took(posted: posting.Posted) -> str:
    return f"{posted.seconds:.1f} s" if posted.seconds >= 0.1 else "less than 0.1 s"
