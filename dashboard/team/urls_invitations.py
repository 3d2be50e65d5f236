from django.urls import path

from dashboard.team import views_accept

app_name = "invitations"
urlpatterns = [
    path("invitations/", views_accept.accept, name="accept"),
    path("invitations/<str:token>/", views_accept.open_link, name="open"),
]
