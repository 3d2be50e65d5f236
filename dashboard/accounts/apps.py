from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dashboard.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dashboard.accounts import mail, tidying
        from dashboard.web import registry

        registry.duty("send mails", mail.send_next, 5)
        registry.duty("tidy up", tidying.tidy, 3600)
