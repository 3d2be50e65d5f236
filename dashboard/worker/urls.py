from django.urls import path

from dashboard.worker import views

app_name = "worker"
urlpatterns = [path("background/", views.background, name="background")]
