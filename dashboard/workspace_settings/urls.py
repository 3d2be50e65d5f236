from django.urls import path

from dashboard.workspace_settings import views, views_keeping, views_key

app_name = "settings"
urlpatterns = [
    path("settings/", views.settings_page, name="page"),
    path("settings/name/", views.name, name="name"),
    path("settings/test/", views.test_connection, name="test"),
    path("settings/second-factor/", views.second_factor, name="second_factor"),
    path("settings/key/", views_key.generate, name="key"),
    path("settings/key/paste/", views_key.paste, name="key_paste"),
    path("settings/key/remove/", views_key.remove, name="key_remove"),
    # Keeping and forgetting data:
    path("settings/keeping/", views_keeping.keeping, name="keeping"),
    path("settings/forget/", views_keeping.forget, name="forget"),
]
