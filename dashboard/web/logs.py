"""Log lines: one JSON object per event, in UTC, with phone numbers masked and control characters escaped."""

import copy
import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
_NUMBER = re.compile(r"\+\d{4,11}(?=\d{4}\b)")
_LINK = re.compile(r"(/(?:invitations|hooks)/)[^/\s\"'?&]+")
_SECRET = re.compile(r"(?i)\b(bearer|token|x-api-key|password|apikey)([\"'=:\s]+)([^\s\"',;]{6,})")


def redact(text: str) -> str:
    """Mask numbers down to their last four digits, secrets in addresses of ours, and what is named like a secret."""
    return _SECRET.sub(r"\1\2***", _LINK.sub(r"\1***", _NUMBER.sub("+***", text)))


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; a line break inside a message can never start a new event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if current := getattr(record, "request_id", "") or request_id.get():
            event["request_id"] = current
        if record.exc_info:
            event["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(event, ensure_ascii=True)


class Masked(logging.Filter):
    """For loggers that write their lines themselves, such as gunicorn's of accesses: the same is hidden in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, redacted."""
        if isinstance(record.args, dict):
            told = copy.copy(record.args)  # gunicorn's is a dictionary of its own kind
            told.update({name: redact(one) for name, one in record.args.items() if isinstance(one, str)})
            record.args = told
        elif record.args:
            record.args = tuple(redact(one) if isinstance(one, str) else one for one in record.args)
        record.msg = redact(record.msg) if isinstance(record.msg, str) else record.msg
        return True


def mask_servers() -> None:
    """Have what web servers write about requests masked too. Their loggers have handlers of their own."""
    for name in ("gunicorn.access", "gunicorn.error", "django.server"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, Masked) for each in logger.filters):
            logger.addFilter(Masked())
