from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dashboard.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dashboard.accounts import mail, parking, tidying
        from dashboard.web import registry

        about = "Sends invitations, codes and links; one that fails is tried again, up to 6 times within an hour."
        registry.duty("send mails", mail.send_next, 5, about=about, waiting=mail.waiting)
        about = "Removes sessions that have ended, counters, and parked forms that nobody came back to."
        registry.duty("tidy up", tidying.tidy, 3600, about=about)
        registry.old_form(parking.park_earlier)
