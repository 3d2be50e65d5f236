from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "dashboard.numbers"
    label = "numbers"

    def ready(self) -> None:
        from dashboard.numbers import decisions, known
        from dashboard.web import registry

        registry.nav(registry.NavItem("project", "Numbers", "hash", "numbers:list", 30))
        registry.dependents("project", known.hangs_on_project)
        registry.dependents("agent", known.hangs_on_agent)
        registry.decision(decisions.decisions)
