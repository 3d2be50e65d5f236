from django.urls import path

from dashboard.calls import views, views_list, views_new

app_name = "calls"
_PROJECT = "projects/<str:project_id>/calls/"
urlpatterns = [
    path("calls/", views_list.all_calls, name="all"),
    path("calls/unknown/", views_list.unknown, name="unknown"),
    path(_PROJECT, views_list.of_project, name="list"),
    path(f"{_PROJECT}new/", views_new.new, name="new"),
    path(f"{_PROJECT}<uuid:call_id>/", views.detail, name="detail"),
    path(f"{_PROJECT}<uuid:call_id>/status/", views.status, name="status"),
    path(f"{_PROJECT}<uuid:call_id>/cancel/", views.cancel, name="cancel"),
    path(f"{_PROJECT}<uuid:call_id>/release/", views.release, name="release"),
    path(f"{_PROJECT}<uuid:call_id>/decide/", views.decide, name="decide"),
    path(f"{_PROJECT}<uuid:call_id>/recording/<int:n>/", views.recording, name="recording"),
]
