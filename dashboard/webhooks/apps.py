from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "dashboard.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from dashboard.webhooks import duties

        duties.register()
