"""What a history calls answered is looked behind: a history does not tell a voicemail from a person."""

from datetime import timedelta

from django.utils import timezone

from dashboard.calls import follow, history, reread
from dashboard.calls.models import Call, Source
from dashboard.home import questions
from tests.conftest import text
from tests.histories import read_all


def look(turns: int = 100) -> None:
    """The two duties in turn, until nothing is left to be read."""
    for _ in range(turns):
        reread.put_on_list()
        if not follow.follow_open():
            return


def by_history(days: int = 31):
    since = timezone.now() - timedelta(days=days)
    return Call.objects.filter(state="completed", state_source=Source.HISTORY, read_at=None, at__gte=since)


def few(sandbox, project_id):
    """Some of the calls of one project, so that all of them are read soon; gives the sids of its voicemails."""
    now = timezone.now().timestamp()
    for key, calls in sandbox.store.project_calls.items():
        calls[:] = calls[-60:] if key == project_id else []
    mine = sandbox.store.project_calls[project_id]
    old = [call for call in mine if call.story == "answered"][:2]
    old[0].made_at, old[1].made_at = now - 40 * 86400, now - 20 * 86400
    mine.sort(key=lambda call: call.made_at)
    return {call.sid for call in mine if call.story == "voicemail"}


def test_voicemails_come_out_and_nothing_is_asked_twice(viewer, workspace, project_id, sandbox):
    voicemails = few(sandbox, project_id)
    read_all()
    assert voicemails and not Call.objects.filter(state="voicemail").exists(), "the history says completed"
    look()
    assert set(Call.objects.filter(state="voicemail").values_list("sid", flat=True)) == voicemails
    assert not by_history().exists() and by_history(365).exists(), "older ones are read when somebody opens them"
    assert Call.objects.filter(state="completed", at__gte=timezone.now() - reread.RECENT).exclude(data={}).exists()
    assert not reread.put_on_list() and not follow.follow_open(), "each is asked about once"
    page = text(viewer.get("/w/oak-care/"))
    recent = Call.objects.filter(state="voicemail", at__gte=timezone.now() - timedelta(days=6)).count()
    assert f'state=voicemail" title="In the last 7 days">Voicemail <b class="num">{recent}</b>' in page


def test_away_it_waits_and_tries_again_later(workspace, project_id, sandbox):
    few(sandbox, project_id)
    read_all()
    sandbox.faults.add("down", times=0)
    reread.put_on_list()
    follow.follow_open()
    tried = Call.objects.exclude(read_problem="").count()
    assert 0 < tried <= reread.AT_ONCE
    sandbox.tick(130)
    history.read_due()  # by now it is known that Talkstack is away
    look()
    assert Call.objects.exclude(read_problem="").count() == reread.AT_ONCE and by_history().exists()
    sandbox.faults.clear()
    sandbox.tick(reread.AGAIN_AFTER.total_seconds() + 1)
    read_all()
    look()
    assert not by_history().exists() and not Call.objects.exclude(read_problem="").exists()


def test_what_is_not_kept_is_not_fetched(workspace, project_id, sandbox):
    few(sandbox, project_id)
    read_all()
    workspace.keep_variables_days = 2
    workspace.save()
    look()
    assert not by_history(1).exists()
    assert not Call.objects.filter(at__lt=timezone.now() - timedelta(days=2.1), read_at__isnull=False).exists()


NOTE, COMPARED = "Not looked behind yet: ", "Not compared with the 14 days before: "


def test_what_is_not_looked_behind_yet_is_said_until_all_is(viewer, workspace, project_id, sandbox):
    few(sandbox, project_id)
    read_all()
    home, voicemail = "/w/oak-care/", f"/w/oak-care/projects/{project_id}/calls/?days=30&state=voicemail"
    left = by_history(27).count()
    said = text(viewer.get(home))
    assert f"{NOTE}{left} answered calls of the last 28 days." in said
    assert (
        f"{COMPARED}not all of their answered calls are looked behind yet." in said
        and "In the 14 days before" not in said
    )
    said = text(viewer.get(voicemail))
    assert f"{NOTE}{by_history(29).count()} answered calls of these days." in said and "No call in these days" in said
    assert NOTE not in text(viewer.get(voicemail.replace("voicemail", "busy")))
    look()
    for url in (home, voicemail):
        assert NOTE not in text(viewer.get(url))
    assert COMPARED not in text(viewer.get(home)) and "In the 14 days before" in text(viewer.get(home))
    said = text(viewer.get(voicemail.replace("days=30", "days=any")))
    assert f"{NOTE}1 answered call of these days." in said and "when somebody opens them" in said


def test_it_reaches_as_far_as_the_first_page_compares_and_costs_one_query(workspace, django_assert_num_queries):
    assert timedelta(days=2 * questions.DAYS) <= reread.RECENT and reread.AT_ONCE <= follow.AT_ONCE
    now = timezone.now()
    alike = {"workspace": workspace, "state": "completed", "state_source": Source.HISTORY, "project_name": ""}
    Call.objects.bulk_create(
        Call(project_id=f"p{n % 2}", number="+12065550150", at=now - timedelta(minutes=n), sid=f"CA{n}", **alike)
        for n in range(reread.COUNTED + 10)
    )
    with django_assert_num_queries(1):
        found = reread.unread(workspace, now - timedelta(days=28))
    assert found.words == "1,000+ answered calls" and not found.beyond
    assert reread.unread(workspace, None, project_id="p7").words == "some answered calls"
    assert reread.unread(workspace, now - timedelta(minutes=9, seconds=30), project_id="p1").words == "5 answered calls"


def test_open_calls_are_not_held_up(workspace, project_id, sandbox):
    """However many are to be looked behind, no more are put on the list than are read at once."""
    few(sandbox, project_id)
    read_all()
    opened = Call.objects.filter(state="busy").first()
    Call.objects.filter(pk=opened.pk).update(next_read_at=timezone.now())
    for _ in range(3):
        reread.put_on_list()
    assert Call.objects.filter(next_read_at__lte=timezone.now()).count() == follow.AT_ONCE
    follow.follow_open()
    assert Call.objects.get(pk=opened.pk).read_at
