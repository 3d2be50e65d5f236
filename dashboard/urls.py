"""The addresses of the dashboard: one include per feature."""

from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.web.urls")),
    path("", include("dashboard.accounts.urls")),
    path("", include("dashboard.team.urls_invitations")),
    path("", include("dashboard.webhooks.urls_hooks")),
    path(
        "w/<slug:slug>/",
        include(
            [
                path("", include("dashboard.home.urls")),
                path("", include("dashboard.calls.urls")),
                path("", include("dashboard.analysis.urls")),
                path("", include("dashboard.projects.urls")),
                path("", include("dashboard.agents.urls")),
                path("", include("dashboard.numbers.urls")),
                path("", include("dashboard.voices.urls")),
                path("", include("dashboard.webhooks.urls")),
                path("", include("dashboard.practice.urls")),
                path("", include("dashboard.activity.urls")),
                path("", include("dashboard.team.urls")),
                path("", include("dashboard.workspace_settings.urls")),
                path("", include("dashboard.worker.urls")),
            ]
        ),
    ),
]
handler400 = "dashboard.web.views.bad_request"
handler403 = "dashboard.web.views.forbidden"
handler404 = "dashboard.web.views.not_found"
handler500 = "dashboard.web.views.server_error"
