from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "dashboard.analysis"
    label = "analysis"

    def ready(self) -> None:
        from dashboard.analysis import duties, sets
        from dashboard.web import registry

        duties.register()
        registry.dependents("kept of a project", sets.kept_of_project)
