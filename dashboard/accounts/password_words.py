"""Words that everybody who attacks this dashboard tries first (ASVS 5.0, 6.2.11)."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

_WORDS = ("talkstack", "dashboard")
_LEAST_BESIDE = 8


class ContextWordsValidator:
    """Refuses passwords that are little more than the product's name, or the name of the host it runs on."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError when fewer than 8 letters and digits are left beside such words."""
        host = re.sub(r"^https?://|[:/].*$", "", settings.PUBLIC_URL)
        words = {*_WORDS, *(part for part in host.lower().split(".") if len(part) > 3)}
        rest = "".join(re.findall(r"[^\W_]", password.lower()))
        shorter = rest
        for word in words:
            shorter = shorter.replace(word, "")
        if shorter != rest and len(shorter) < _LEAST_BESIDE:
            raise ValidationError(
                "This password is little more than a name that everybody here knows.", "context_words"
            )

    def get_help_text(self) -> str:
        """For Django's lists of rules."""
        return "It must not be little more than the name of the product or of its address."
