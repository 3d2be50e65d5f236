from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "dashboard.agents"
    label = "agents"

    def ready(self) -> None:
        from dashboard.agents import decisions
        from dashboard.web import registry

        registry.nav(registry.NavItem("project", "Agents", "bot", "agents:list", order=20))
        registry.decision(decisions.decisions)
