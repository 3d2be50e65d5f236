"""What is said after something was done about a webhook: the words, and how good they are. Pure functions."""

from dashboard.talkstack import Project, posting
from dashboard.web.tokens import masked
from dashboard.webhooks import addresses, reading

Said = tuple[str, str]


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
    """What came of a test."""
    took = f"{posted.seconds:.1f} s" if posted.seconds >= 0.1 else "less than 0.1 s"
    if posted.ok:
        return f"{who} took the test event, after {took}.", "success"
    if posted.code:
        return f"{who} answered the test event with {posted.code}. {posted.words}".strip(), "warning"
    return f"{who} did not take the test event. {posted.words}", "warning"
