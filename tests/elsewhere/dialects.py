"""The choices another Talkstack may have made wherever the API contract is silent or contradicts itself."""

from dataclasses import dataclass

LIFE = ((0, "queued"), (4, "initiated"), (8, "ringing"), (12, "in-progress"), (40, "completed"))


@dataclass(frozen=True)
class Dialect:
    """One server's choices. The defaults are the contract's own examples, read word by word."""

    name: str
    errors: str = "json"  # json html empty text error errors ok (= 200 with status "error")
    ids: str = "uuid"  # uuid int
    extra: bool = False  # keys nobody documented, null names, names with HTML
    created_status: int = 200
    slow: float = 0.0
    # signing in
    expiry: str = "iso"  # iso none seconds milliseconds
    token_seconds: float = 7200
    user_name: bool = True
    login_under: str = ""  # "" or a key that holds token and the rest
    refresh_key: str = "resfreshToken"  # "" = the answer holds the token only
    refresh_wants: str = "refreshToken"
    single_use: bool = False
    # projects
    list_path: str = "/project"
    list_under: str = "data"  # "" = bare array; dots nest
    list_other: str = "html"  # what the other candidates answer: html (404), as_id (400), null (200 with data null)
    list_none: str = "empty"  # empty 404 400
    project_under: str = "data"  # "" = bare, "message" = nothing but words
    webhook_key: str = "call_status_webhook"
    dependents: int = 400
    deleted: str = "json"  # json 204 text
    soft_delete: bool = False
    active_none: str = "404"  # 404 null
    set_active: str = "project"  # project message
    # agents
    agent_created: str = ""  # dots nest; "message" = no id
    agent_id_key: str = "id"
    agent_under: str = ""
    agents_under: str = ""
    agents_none: str = "404"  # 404 empty
    agents_brief: bool = False  # the list has neither prompt nor voice
    needs_number: bool = False
    agent_updated: str = "flat"  # flat data message
    # numbers
    numbers: str = "object"  # object array phoneNumbers
    numbers_none: str = "404"  # 404 null empty
    numbers_by_project: bool = True
    # voices
    voices_under: str = "voices"
    voices_sparse: bool = False
    # calls
    made: str = "call.call_id"  # "message" = no id
    other_sid: bool = False  # the id given is not the sid
    running: str = "ok"  # ok 404 400 202
    life: tuple[tuple[int, str], ...] = LIFE
    data: str = "object"  # object pairs string null
    recordings: str = "list"  # list string null late
    seconds: str = "number"  # number string
    cost: str = "number"  # number negative string null
    dates: str = "rfc"  # rfc iso day
    history: str = "twilio"  # twilio snake calldata
    history_under: str = "data"
    history_cap: int = 1000
    history_lag: float = 0.0
    filters: str = "honoured"  # honoured ignored
    start_when_answered: bool = False  # startTime is null until somebody answers
    plain_numbers: bool = False  # history says 12065550121
    unknown_sid: int = 404
    sound: str = "ranges"  # ranges whole


# fmt: off
DIALECTS = [
    Dialect("letter"),
    Dialect(
        "express", errors="errors", token_seconds=5, refresh_key="refreshToken", single_use=True,
        list_path="/project/get-projects", list_under="projects", list_other="as_id", dependents=409,
        active_none="null", agent_created="agent", agent_id_key="_id", agent_under="agent", agents_under="agents",
        agents_none="empty", agent_updated="data", numbers="array", numbers_none="empty", made="call.callSid",
        running="404", recordings="late", seconds="string", cost="negative", dates="iso", history_under="calls",
    ),
    Dialect(
        "ints", errors="error", ids="int", extra=True, created_status=201, expiry="milliseconds", user_name=False,
        list_path="/project/list", list_under="", list_other="as_id", agent_created="data", agent_id_key="agentId",
        agent_under="data", agents_under="data", numbers="phoneNumbers", voices_under="data.voices",
        voices_sparse=True, made="data.sid", data="pairs", recordings="string", cost="string", dates="iso",
        history="snake", history_under="",
    ),
    Dialect(
        "apache", errors="html", expiry="none", token_seconds=5, refresh_key="", list_path="/project/all",
        list_under="data.projects", project_under="message", dependents=500, deleted="text", set_active="message",
        agent_created="message", agents_brief=True, agent_updated="message", numbers_none="null", made="message",
        running="400", data="string", history_under="data.calls",
    ),
    Dialect(
        "bare", errors="empty", list_path="/projects", list_under="projectData", project_under="", deleted="204",
        active_none="null", agent_id_key="_id", agents_none="empty", numbers="array", numbers_by_project=False,
        made="call_id", other_sid=True, running="202", data="null", recordings="null", cost="null", dates="day",
        history_under="callHistory",
    ),
    Dialect(
        "late history", errors="text", expiry="seconds", list_path="/project/get-projects", list_other="null",
        webhook_key="webhookUrl", needs_number=True, numbers_none="empty", other_sid=True, history="snake",
        history_under="calls", history_cap=20, history_lag=25, start_when_answered=True,
    ),
    Dialect(
        "cheerful", errors="ok", token_seconds=5, refresh_key="refreshToken", list_under="projectData",
        project_under="projectData", active_none="null", agent_created="agentData", agent_under="agentData",
        agents_under="data.agents", agents_none="empty", numbers_none="null", made="data.call_id", data="pairs",
        dates="iso", history="calldata",
    ),
    Dialect(
        "call data history", extra=True, token_seconds=5, refresh_wants="resfreshToken", list_path="/project/list",
        soft_delete=True, numbers_by_project=False, made="message", running="404", seconds="string",
        history="calldata", history_under="data.callHistory", filters="ignored",
    ),
    Dialect(
        "own words", errors="error", list_path="/project/get-projects", list_under="data.data",
        project_under="project", agent_created="data.agent", agent_id_key="_id", agent_updated="message",
        made="call.sid", life=((0, "initiated"), (5, "dialing"), (12, "talking"), (40, "sms_sent")), data="string",
        recordings="late", cost="negative", history_under="history", sound="whole",
    ),
    Dialect(
        "slow", slow=0.15, list_path="/project/all", list_other="as_id", numbers="array", history="snake",
    ),
    Dialect(
        "wrapped", errors="errors", extra=True, login_under="data", list_under="result", list_none="404",
        project_under="data.project", agent_created="data", agent_under="data.agent", agents_under="result",
        numbers="phoneNumbers", numbers_by_project=False, voices_under="data", made="data.call.call_id",
        recordings="string", history_under="data.history", history_lag=8,
    ),
    Dialect(
        "voicemail", errors="text", ids="int", list_path="/project/list", list_none="400", dependents=409,
        deleted="204", needs_number=True, numbers_by_project=False, other_sid=True, running="404",
        life=((0, "queued"), (6, "ringing"), (14, "voicemail")), recordings="null", history="calldata",
        history_under="calls", history_cap=20, filters="ignored",
    ),
]
# fmt: on
