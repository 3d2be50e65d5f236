"""Short names for a state that a page has shown: a form or a poll tells by them whether the world has moved since."""

import hashlib
import json
from typing import Any


def of(*parts: Any) -> str:
    """A digest of anything that JSON can hold; of other things, such as moments and dataclasses, what `repr` says."""
    return hashlib.sha256(json.dumps(parts, default=repr).encode()).hexdigest()[:32]
