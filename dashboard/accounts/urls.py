from django.urls import path

from . import account_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.root, name="root"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("w/", views.workspaces, name="workspaces"),
    path("account/", account_views.account, name="account"),
    path("account/sessions/end-others/", account_views.sessions_end_others, name="sessions_end_others"),
    path("account/sessions/<uuid:public_id>/end/", account_views.session_end, name="session_end"),
    path("account/parked/<uuid:parked_id>/", account_views.parked, name="parked"),
]
