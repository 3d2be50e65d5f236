from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "dashboard.analysis"
    label = "analysis"

    def ready(self) -> None:
        from dashboard.analysis import duties

        duties.register()
