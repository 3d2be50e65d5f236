from django.urls import path

from dashboard.calls import views, views_export, views_list, views_new, views_saved, views_unknown

app_name = "calls"
_PROJECT = "projects/<str:project_id>/calls/"
urlpatterns = [
    path("calls/", views_list.all_calls, name="all"),
    path("calls/unknown/", views_unknown.unknown, name="unknown"),
    path("calls/read/", views_unknown.read_history, name="read_all"),
    path("calls/export/", views_export.of_workspace, name="export"),
    path("calls/views/", views_saved.views, name="views"),
    path("calls/views/save/", views_saved.save, name="view_save"),
    path("calls/views/<int:view_id>/rename/", views_saved.rename, name="view_rename"),
    path("calls/views/<int:view_id>/delete/", views_saved.delete, name="view_delete"),
    path(_PROJECT, views_list.of_project, name="list"),
    path(f"{_PROJECT}read/", views_unknown.read_history, name="read"),
    path(f"{_PROJECT}export/", views_export.of_project, name="export_project"),
    path(f"{_PROJECT}new/", views_new.new, name="new"),
    path(f"{_PROJECT}<uuid:call_id>/", views.detail, name="detail"),
    path(f"{_PROJECT}<uuid:call_id>/status/", views.status, name="status"),
    path(f"{_PROJECT}<uuid:call_id>/cancel/", views.cancel, name="cancel"),
    path(f"{_PROJECT}<uuid:call_id>/release/", views.release, name="release"),
    path(f"{_PROJECT}<uuid:call_id>/decide/", views.decide, name="decide"),
    path(f"{_PROJECT}<uuid:call_id>/recording/<int:n>/", views.recording, name="recording"),
]
