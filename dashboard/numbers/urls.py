from django.urls import path

from dashboard.numbers import views

app_name = "numbers"
urlpatterns = [
    path("projects/<str:project_id>/numbers/", views.listing, name="list"),
    path("projects/<str:project_id>/numbers/assign/", views.assign, name="assign"),
]
