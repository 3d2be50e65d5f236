from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "dashboard.practice"
    label = "practice"

    def ready(self) -> None:
        from dashboard.web import registry

        registry.nav(
            registry.NavItem("workspace", "Practice room", "flask-conical", "practice:room", 80, practice_only=True)
        )
