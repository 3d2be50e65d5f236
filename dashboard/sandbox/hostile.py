"""A world of people with bad intentions: every text that the API shows holds something that must stay text."""

from __future__ import annotations

from random import Random

from . import world
from .store import Account, Store

# What somebody would try: each has to stay plain text on every page. None of it is ever run.
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "<a hx-get='/sign-out/' hx-trigger='load'>x</a>",
    "<div hx-on:click=alert(1) data-hx-post=/x>x</div>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>Go</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "{{ settings.SECRET_KEY }}",
    "{% include 'x' %}{% csrf_token %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    '=HYPERLINK("http://evil.example","x")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)\r\nSet-Cookie: a=b",
    "\u202egnp.exe\u200b\ufeff",
    "\x1b[31mred\x1b[0m\x07",
    "Z\u0351\u036b\u0343" + "a\u0300" * 60,
    "x" * 3000,
    "&lt;b&gt;&amp;amp;",
    "<math><mtext></p><img src onerror=alert(1)></math>",
    "<details open ontoggle=alert(1)>",
)


def payload(place: int) -> str:
    return PAYLOADS[place % len(PAYLOADS)]


def spoilt(store: Store, now: float, email: str, password: str, chance: Random) -> Account:
    """The demo team with its names, descriptions, prompts, webhooks, variables and call data replaced."""
    owner = world.oak_care(store, now, email, password, chance)
    owner.name, owner.company_name = payload(0), payload(1)
    for place, project in enumerate(store.projects.values()):
        project.name, project.description = f"{payload(place)} {place}", payload(place + 3)
        project.webhook = payload(place + 5)
    for place, agent in enumerate(store.agents.values()):
        agent.name = payload(place)
        agent.prompt = "\n".join((*PAYLOADS, "{{name}} {{<b>}} {{ a }"))
    for place, call in enumerate(store.calls.values()):
        call.variables = {"name": payload(place)}
        if call.data:
            call.data = {payload(place): payload(place + 1), "reason": payload(place + 2)}
    return owner
