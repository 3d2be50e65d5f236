from django.apps import AppConfig


class WorkspaceSettingsConfig(AppConfig):
    name = "dashboard.workspace_settings"
    label = "workspace_settings"

    def ready(self) -> None:
        from dashboard.web import registry

        registry.nav(registry.NavItem("workspace", "Settings", "settings", "settings:page", 90, role="admin"))
