from django.urls import path

from dashboard.agents import views, views_delete, views_edit

app_name = "agents"
_AGENTS = "projects/<str:project_id>/agents/"
urlpatterns = [
    path(_AGENTS, views.agent_list, name="list"),
    path(f"{_AGENTS}new/", views_edit.new, name="new"),
    path(f"{_AGENTS}<str:agent_id>/", views.detail, name="detail"),
    path(f"{_AGENTS}<str:agent_id>/edit/", views_edit.edit, name="edit"),
    path(f"{_AGENTS}<str:agent_id>/delete/", views_delete.delete, name="delete"),
    path(f"{_AGENTS}<str:agent_id>/active/", views.active, name="active"),
]
