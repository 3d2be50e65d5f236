"""What a history calls answered is looked behind: a history does not tell a voicemail from a person."""

from datetime import timedelta

from django.utils import timezone

from dashboard.calls import follow, history, reread
from dashboard.calls.models import Call, Source
from tests.conftest import text
from tests.histories import read_all


def look(turns: int = 100) -> None:
    """The two duties in turn, until nothing is left to be read."""
    for _ in range(turns):
        reread.put_on_list()
        if not follow.follow_open():
            return


def by_history(days: int = 15):
    since = timezone.now() - timedelta(days=days)
    return Call.objects.filter(state="completed", state_source=Source.HISTORY, read_at=None, at__gte=since)


def few(sandbox, project_id):
    """Some of the calls of one project, so that all of them are read soon; gives the sids of its voicemails."""
    for key, calls in sandbox.store.project_calls.items():
        calls[:] = calls[-60:] if key == project_id else []
    mine = sandbox.store.project_calls[project_id]
    next(call for call in mine if call.story == "answered").made_at -= 40 * 86400
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
