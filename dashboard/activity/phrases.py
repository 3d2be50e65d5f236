"""What each verb reads like after a person's name. A test sees to it that every verb in use has its words here."""

from .models import Entry

PHRASES = {
    "sign_in": "signed in",
    "sign_in.failed": "could not sign in as {name}",
    "sign_in.recovery": "signed in with a recovery code",
    "sign_in.held": "had to wait before signing in as {name}",
    "password.failed": "typed a wrong password where it was asked for again",
    "password.held": "had to wait before giving their password again",
    "sign_out": "signed out",
    "session.end": "ended a session",
    "person.update": "changed their own details",
    "factor.add": "set up a second factor",
    "factor.remove": "removed the second factor of {name}",
    "factor.codes": "made new recovery codes",
    "person.taken_over": "signed in at Talkstack with the e-mail address of a practice person",
    "account.sign_up": "asked for a Talkstack account for {name}",
    "account.verify": "entered the code for {name}",
    "account.resend": "asked for another code for {name}",
    "account.forgot": "asked for a link to set a new password for {name}",
    "account.reset": "set a new password with a link",
    "account.password": "changed their own password",
    "workspace.open": "opened the workspace {name}",
    "workspace.demo": "made the demo people of {name}",
    "connection.renew": "connected the account {name} again by signing in",
    "connection.test": "tested the connection to Talkstack",
    "connection.refused": "noticed that Talkstack refuses the connection of the account {name}",
    "connection.works": "noticed that the connection of the account {name} works again",
    "key.generate": "asked for a new API key of the account {name}",
    "key.paste": "stored an API key of the account {name}",
    "key.remove": "removed the stored API key of the account {name}",
    "workspace.rename": "renamed the workspace {name}",
    "workspace.second_factor": "changed who must use a second factor in {name}",
    "team.invite": "invited {name}",
    "team.withdraw": "withdrew the invitation of {name}",
    "team.join": "joined the team",
    "team.role": "changed the role of {name}",
    "team.remove": "removed {name} from the team",
    "team.leave": "left the team",
    "team.hand_over": "handed ownership over to {name}",
    "team.sessions": "ended the sessions of {name}",
    "team.reset_link": "made a link with which {name} sets a new password",
    "project.create": "created the project {name}",
    "project.update": "changed the project {name}",
    "project.delete": "deleted the project {name}",
    "project.default": "made {name} the account's active project",
    "project.webhook": "changed where Talkstack sends updates of {name}",
    "webhook.relay": "changed where events of {name} are passed on to",
    "webhook.secret": "made a new secret address for the webhook of {name}",
    "webhook.secret_end": "ended an old secret address of the webhook of {name}",
    "webhook.show": "had the secret address of the webhook of {name} shown",
    "webhook.replay": "had an event of {name} done again",
    "webhook.test": "sent a test event to the webhook of {name}",
    "agent.create": "created the agent {name}",
    "agent.update": "changed the agent {name}",
    "agent.delete": "deleted the agent {name}",
    "agent.active": "made {name} the active agent",
    "agent.inactive": "made {name} inactive",
    "number.assign": "assigned the number {name}",
    "practice.fault": "switched on the practice fault {name}",
    "practice.clear": "switched off {name}",
    "call.reserve": "asked for a call to {name}",
    "call.place": "placed a call to {name}",
    "call.cancel": "cancelled the call to {name}",
    "call.release": "let the call to {name} go after it had waited",
    "call.rule_out": "said that no call of the history was the one to {name}",
    "call.decide": "decided what became of the call to {name}",
    "call.ask": "had questions asked about the call to {name}",
    "questions.create": "made the question set {name}",
    "questions.update": "changed the question set {name}",
    "questions.retire": "retired the question set {name}",
    "questions.restore": "offered the question set {name} again",
    "questions.ask": "had {name} asked about calls",
    "questions.ask_again": "had {name} asked again about calls",
    "questions.stop": "stopped asking {name}",
    "number.forget": "had everything about {name} forgotten",
    "workspace.keeping": "changed how long {name} keeps things",
    "keeping.entries": "let old entries of the activity go",
    "keeping.calls": "let old calls go",
    "keeping.variables": "let variables and collected data of old calls go",
    "access.refused": "was not allowed to {name}",
    "activity.export": "exported the activity",
    "calls.export": "exported {name}",
    "view.save": "saved the view {name}",
    "view.rename": "renamed the view {name}",
    "view.delete": "deleted the view {name}",
}
BY_ANYBODY = ("sign_in.failed", "sign_in.held", "account.forgot")  # nobody has shown yet who they are
KINDS = {
    "project": "Projects",
    "agent": "Agents",
    "number": "Numbers",
    "call": "Calls",
    "questions": "Questions",
    "person": "People and sign-ins",
    "workspace": "The workspace",
    "connection": "The connection",
    "fault": "Practice faults",
    "page": "Refused pages",
    "export": "Exports",
    "view": "Saved views",
}
NAMELESS = "something without a name"


def phrase(entry: Entry, thing_name: str = "") -> str:
    """The sentence after the person's name, such as "created the project Northgate"; unknown verbs as they are."""
    return "".join(parts(entry, thing_name))


def parts(entry: Entry, thing_name: str = "") -> tuple[str, str, str]:
    """The sentence as what stands before the thing's name, the name, and what stands after it.

    The name is put in by hand: texts that people wrote are never run through a formatter.
    """
    name = thing_name or entry.thing_name or entry.thing_id or NAMELESS
    words = PHRASES.get(entry.verb)
    if words is None:
        return f"did {entry.verb}: ", name, ""
    head, gap, tail = words.partition("{name}")
    return (head, name, tail) if gap else (head, "", "")


def label(verb: str) -> str:
    """What a verb is called in a list of verbs: "Created the project …"."""
    words = PHRASES.get(verb, verb).replace("{name}", "…")
    return words[:1].upper() + words[1:]
