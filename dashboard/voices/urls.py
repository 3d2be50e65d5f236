from django.urls import path

from dashboard.voices import views

app_name = "voices"
urlpatterns = [
    path("voices/", views.listing, name="list"),
    path("voices/<str:voice_id>/preview/", views.preview, name="preview"),
]
