from django.urls import path

from dashboard.analysis import views_ask, views_asking, views_call, views_edit, views_sets

app_name = "analysis"
_PROJECT = "projects/<str:project_id>/"
_SETS = f"{_PROJECT}questions/"
_CALL = f"{_PROJECT}calls/<uuid:call_id>/analysis/"
urlpatterns = [
    path(_SETS, views_sets.listing, name="list"),
    path(f"{_SETS}new/", views_edit.new, name="new"),
    path(f"{_SETS}ask/", views_ask.ask, name="ask"),
    path(f"{_SETS}askings/<uuid:asking_id>/", views_asking.asking, name="asking"),
    path(f"{_SETS}askings/<uuid:asking_id>/status/", views_asking.status, name="status"),
    path(f"{_SETS}askings/<uuid:asking_id>/stop/", views_asking.stop, name="stop"),
    path(f"{_SETS}askings/<uuid:asking_id>/again/", views_asking.again, name="again"),
    path(f"{_SETS}<uuid:set_id>/", views_sets.detail, name="detail"),
    path(f"{_SETS}<uuid:set_id>/edit/", views_edit.edit, name="edit"),
    path(f"{_SETS}<uuid:set_id>/retire/", views_sets.retire, name="retire"),
    path(_CALL, views_call.call, name="call"),
    path(f"{_CALL}ask/", views_call.ask, name="ask_call"),
]
