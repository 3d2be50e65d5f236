from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "dashboard.home"
    label = "home"

    def ready(self) -> None:
        from dashboard.web import registry

        registry.nav(registry.NavItem("work", "Home", "house", "home:home", 10))
