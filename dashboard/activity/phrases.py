"""What each verb reads like after a person's name. A test sees to it that every verb in use has its words here."""

from .models import Entry

PHRASES = {
    "sign_in": "signed in",
    "sign_in.failed": "could not sign in",
    "sign_out": "signed out",
    "session.end": "ended a session",
    "person.update": "changed their own details",
    "person.taken_over": "signed in at Talkstack with the e-mail address of a practice person",
    "workspace.open": "opened the workspace {name}",
    "workspace.demo": "made the demo people of {name}",
    "connection.renew": "connected the account {name} again by signing in",
    "project.create": "created the project {name}",
    "project.update": "changed the project {name}",
    "project.delete": "deleted the project {name}",
    "project.default": "made {name} the account's active project",
    "project.webhook": "changed where Talkstack sends updates of {name}",
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
    "call.decide": "decided what became of the call to {name}",
}


def phrase(entry: Entry, thing_name: str = "") -> str:
    """The sentence after the person's name, such as "created the project Northgate"; unknown verbs as they are.

    The name is put in by hand: texts that people wrote are never run through a formatter.
    """
    name = thing_name or entry.thing_name or entry.thing_id or "something without a name"
    words = PHRASES.get(entry.verb)
    if words is None:
        return f"did {entry.verb}: {name}"
    head, gap, tail = words.partition("{name}")
    return head + name + tail if gap else head
