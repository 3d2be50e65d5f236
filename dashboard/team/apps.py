from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "dashboard.team"
    label = "team"

    def ready(self) -> None:
        from dashboard.team import joining
        from dashboard.web import registry

        about = "Removes invitations that were never taken up."
        registry.duty("forget old invitations", joining.forget_old, 3600, about=about)
        registry.nav(registry.NavItem("workspace", "Team", "users", "team:list", 50))
