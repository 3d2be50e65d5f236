from django.urls import path

from . import account_views, views, views_code, views_factor, views_join, views_password

app_name = "accounts"
urlpatterns = [
    path("", views.root, name="root"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views_code.code, name="code"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-up/", views_join.sign_up, name="sign_up"),
    path("verify/", views_join.verify, name="verify"),
    path("verify/resend/", views_join.resend, name="resend"),
    path("forgot/", views_password.forgot, name="forgot"),
    path("reset/", views_password.reset, name="reset"),
    path("w/", views.workspaces, name="workspaces"),
    path("account/", account_views.account, name="account"),
    path("account/password/", views_password.change_password, name="change_password"),
    path("account/second-factor/", views_factor.factor, name="factor"),
    path("account/second-factor/start/", views_factor.start, name="factor_start"),
    path("account/second-factor/confirm/", views_factor.confirm, name="factor_confirm"),
    path("account/second-factor/codes/", views_factor.new_codes, name="factor_codes"),
    path("account/second-factor/remove/", views_factor.remove, name="factor_remove"),
    path("account/sessions/end-others/", account_views.sessions_end_others, name="sessions_end_others"),
    path("account/sessions/<uuid:public_id>/end/", account_views.session_end, name="session_end"),
    path("account/parked/<uuid:parked_id>/", account_views.parked, name="parked"),
]
