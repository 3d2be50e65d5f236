from django.urls import path

from dashboard.webhooks import views_receive

app_name = "hooks"
urlpatterns = [path("hooks/<str:token>/", views_receive.receive, name="receive")]
