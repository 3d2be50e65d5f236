from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "dashboard.activity"
    label = "activity"

    def ready(self) -> None:
        from dashboard.activity import keeping
        from dashboard.web import registry

        registry.nav(registry.NavItem("workspace", "Activity", "history", "activity:list", 60))
        about = "Removes entries of the activity that are older than they are kept."
        registry.duty("let old entries go", keeping.let_go, 3600, about=about)
