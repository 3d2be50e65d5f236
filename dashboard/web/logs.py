"""Log lines: one JSON object per event, in UTC, with phone numbers masked and control characters escaped."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
_NUMBER = re.compile(r"\+\d{4,11}(?=\d{4}\b)")
_LINK = re.compile(r"(/invitations/)[^/\s\"'?&]+")
_SECRET = re.compile(r"(?i)\b(bearer|token|x-api-key|password|apikey)([\"'=:\s]+)([^\s\"',;]{6,})")


def redact(text: str) -> str:
    """Mask phone numbers down to their last four digits, what an invitation's address carries, and what is named like a secret."""
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
