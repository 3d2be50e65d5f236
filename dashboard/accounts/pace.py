"""How fast an answer comes must not tell who has an account, nor let passwords be tried quickly."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpResponse

View = Callable[..., HttpResponse]


def no_sooner(view: View) -> View:
    """Every answer to a POST takes at least SIGN_IN_FLOOR_SECONDS, whatever came of it.

    But for answers that tell nothing, marked `at_once`: forms that were not filled in, and "too often". Waiting costs a
    thread, and nobody is to take them all.
    """

    @wraps(view)
    def paced(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        began = time.monotonic()
        answer = view(request, *args, **kwargs)
        if request.method == "POST" and not getattr(answer, "at_once", False):
            time.sleep(max(0.0, settings.SIGN_IN_FLOOR_SECONDS - (time.monotonic() - began)))
        return answer

    return paced
