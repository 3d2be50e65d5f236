from django.urls import path

from .views import entries, entry, export_entries

app_name = "activity"
urlpatterns = [
    path("activity/", entries, name="list"),
    path("activity/export/", export_entries, name="export"),
    path("activity/<int:entry_id>/", entry, name="entry"),
]
