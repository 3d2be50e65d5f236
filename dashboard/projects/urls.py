from django.urls import path

from dashboard.projects import views, views_delete, views_edit, views_list

app_name = "projects"
urlpatterns = [
    path("projects/", views_list.listing, name="list"),
    path("projects/new/", views_edit.new, name="new"),
    path("projects/<str:project_id>/", views.detail, name="detail"),
    path("projects/<str:project_id>/edit/", views_edit.edit, name="edit"),
    path("projects/<str:project_id>/delete/", views_delete.delete, name="delete"),
    path("projects/<str:project_id>/active/", views.active, name="active"),
]
