from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "dashboard.activity"
    label = "activity"

    def ready(self) -> None:
        from dashboard.web import registry

        registry.nav(registry.NavItem("workspace", "Activity", "history", "activity:list", 60))
