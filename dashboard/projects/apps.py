from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "dashboard.projects"
    label = "projects"

    def ready(self) -> None:
        from dashboard.web import registry

        registry.nav(registry.NavItem("work", "Projects", "folder-kanban", "projects:list", 30))
        registry.nav(registry.NavItem("project", "Overview", "box", "projects:detail", 10))
