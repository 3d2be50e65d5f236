from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "dashboard.calls"
    label = "calls"

    def ready(self) -> None:
        from dashboard.calls import decisions, duties, saved
        from dashboard.web import registry

        duties.register()
        registry.decision(decisions.of)
        registry.forgetting(saved.forget_number)
