"""A local stand-in for Talkstack: the default for newcomers, a practice room for operators, a double for tests."""

from .app import Sandbox
from .lives import STORIES, Story
from .store import Mail, Ring
from .wire import Request, Response

__all__ = ["STORIES", "Mail", "Request", "Response", "Ring", "Sandbox", "Story"]
