from django.urls import path

from dashboard.team import views, views_invite, views_member, views_self

app_name = "team"
urlpatterns = [
    path("team/", views.listing, name="list"),
    path("team/invite/", views_invite.invite, name="invite"),
    path("team/invitations/<uuid:invitation_id>/withdraw/", views_invite.withdraw, name="withdraw"),
    path("team/leave/", views_self.leave, name="leave"),
    path("team/hand-over/", views_self.hand_over, name="hand_over"),
    path("team/<int:member_id>/role/", views_member.role, name="role"),
    path("team/<int:member_id>/remove/", views_member.remove, name="remove"),
    path("team/<int:member_id>/sessions/end/", views_member.sessions_end, name="sessions_end"),
    path("team/<int:member_id>/reset-link/", views_member.reset_link, name="reset_link"),
    path("team/<int:member_id>/second-factor/remove/", views_member.factor_remove, name="factor_remove"),
]
