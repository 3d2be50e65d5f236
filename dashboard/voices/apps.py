from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "dashboard.voices"
    label = "voices"

    def ready(self) -> None:
        from dashboard.voices import watch
        from dashboard.web import registry

        registry.nav(registry.NavItem("workspace", "Voices", "audio-lines", "voices:list", 10))
        about = "Reads every project's agents and numbers, and each agent singly: a list does not tell which voice it speaks with."
        registry.duty("read agents' voices", watch.read_agents, watch.EVERY_SECONDS, about=about, asks_talkstack=True)
