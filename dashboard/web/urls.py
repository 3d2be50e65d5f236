from django.urls import path

from dashboard.web import views

app_name = "web"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/page/", views.sample_page, name="sample_page"),
]
