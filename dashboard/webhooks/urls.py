from django.urls import path

from dashboard.webhooks import views, views_log, views_secret

_HOOK = "projects/<str:project_id>/webhook/"
app_name = "webhooks"
urlpatterns = [
    path(_HOOK, views.webhook, name="page"),
    path(f"{_HOOK}test/", views.test, name="test"),
    path(f"{_HOOK}address/", views_secret.address, name="address"),
    path(f"{_HOOK}address/new/", views_secret.rotate, name="rotate"),
    path(f"{_HOOK}address/<int:secret_id>/end/", views_secret.end, name="end"),
    path(f"{_HOOK}events/", views_log.events, name="events"),
    path(f"{_HOOK}events/<uuid:event_id>/", views_log.event, name="event"),
    path(f"{_HOOK}events/<uuid:event_id>/replay/", views_log.replay, name="replay"),
]
