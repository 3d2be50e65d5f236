from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "dashboard.worker"
    label = "worker"

    def ready(self) -> None:
        from dashboard.web import registry
        from dashboard.worker import heartbeat

        registry.worker_probe(heartbeat.alive)
        registry.nav(registry.NavItem("workspace", "Background", "server-cog", "worker:background", 90, role="admin"))
