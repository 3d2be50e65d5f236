"""What a spoiled answer looks like: error statuses, HTML, broken JSON, missing keys, far too much, elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .wire import Response, as_json

HTML = (
    "<!DOCTYPE html><html><head><title>Application error</title></head><body><h1>Application error</h1>"
    "<p>An error occurred in the application and your page could not be served.</p></body></html>"
)
WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment required: your credit is used up.",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
Options = dict[str, Any]


def _status(code: int) -> Callable[[Options], Response]:
    def answer(options: Options) -> Response:
        status = int(options.get("status", code))
        response = as_json({"message": options.get("message", WORDS.get(status, "Error")), "status": "error"}, status)
        return _given(response, options)

    return answer


def _html(options: Options) -> Response:
    body = str(options.get("body", HTML)).encode()
    response = Response(int(options.get("status", 500)), {"Content-Type": "text/html; charset=utf-8"}, body)
    return _given(response, {**options, "body": None})


def _redirect(options: Options) -> Response:
    to = str(options.get("to", "http://127.0.0.1:9/elsewhere"))
    return _given(Response(int(options.get("status", 302)), {"Location": to}, b""), options)


def _given(response: Response, options: Options) -> Response:
    """Headers and a body of the rule's own win over ours."""
    response.headers.update({str(key): str(value) for key, value in (options.get("headers") or {}).items()})
    body = options.get("body")
    if body is not None:
        response.body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return response


STATUSES: dict[str, Callable[[Options], Response]] = {
    **{str(code): _status(code) for code in WORDS},
    "html": _html,
    "redirect": _redirect,
}


def _whole(body: bytes, kind: str = "application/json; charset=utf-8") -> Callable[[Response, Options], Response]:
    def answer(response: Response, options: Options) -> Response:
        return _given(Response(int(options.get("status", 200)), {"Content-Type": kind}, body), options)

    return answer


def _truncated(response: Response, options: Options) -> Response:
    response.body = response.body[: max(len(response.body) // 2, 1)]
    return response


def _huge(response: Response, options: Options) -> Response:
    size = int(options.get("bytes", 10_000_000))
    response.body = b'{"message":"' + b"x" * size + b'","status":"success"}'
    return response


def _set(response: Response, options: Options) -> Response:
    return _changed(
        response, str(options.get("key", "")), lambda holder, name: _put(holder, name, options.get("value"))
    )


def _remove(response: Response, options: Options) -> Response:
    return _changed(response, str(options.get("key", "")), _drop)


def _changed(response: Response, key: str, change: Callable[[Any, Any], None]) -> Response:
    try:
        value = json.loads(response.body)
    except ValueError:
        return response
    if "." in key:
        _walk(value, key.split("."), change)
    else:
        _everywhere(value, key, change)
    response.body = json.dumps(value).encode()
    return response


def _walk(value: Any, parts: list[str], change: Callable[[Any, Any], None]) -> None:
    """Follow "data.0.name" or "voices.*.labels" and change what it ends at."""
    head, rest = parts[0], parts[1:]
    for name in _names(value, head):
        if rest:
            if isinstance(value, list) or name in value:
                _walk(value[name], rest, change)
        else:
            change(value, name)


def _names(value: Any, head: str) -> list[Any]:
    if isinstance(value, dict):
        return list(value) if head == "*" else [head]
    if isinstance(value, list):
        places = range(len(value)) if head == "*" else [int(head)] if head.isdigit() else []
        return [place for place in places if place < len(value)]
    return []


def _everywhere(value: Any, key: str, change: Callable[[Any, Any], None]) -> None:
    if isinstance(value, dict):
        for child in list(value.values()):
            _everywhere(child, key, change)
        if key in value:
            change(value, key)
    elif isinstance(value, list):
        for child in value:
            _everywhere(child, key, change)


def _put(holder: Any, name: Any, value: Any) -> None:
    holder[name] = value


def _drop(holder: Any, name: Any) -> None:
    if isinstance(holder, list):
        del holder[name]
    else:
        holder.pop(name, None)


def _shape(response: Response, options: Options) -> Response:
    """The same answers of an analysis in another shape: the contract shows none (API contract, 5.4)."""
    try:
        whole = json.loads(response.body)
        rows = whole["data"]["custom_analysis_data"]
    except (ValueError, KeyError, TypeError):
        return response
    response.body = json.dumps(SHAPES[str(options.get("shape", "list"))](whole, rows)).encode()
    return response


def _camel(text: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    return "".join([words[0].lower(), *(word.capitalize() for word in words[1:])]) if words else text


def _in(name: str, rows: Any) -> Any:
    return lambda whole, answers: {
        **whole,
        "data": {**whole["data"], "custom_analysis_data": None, name: rows(answers)},
    }


SHAPES: dict[str, Callable[[Any, list[Any]], Any]] = {
    "list": lambda whole, rows: rows,
    "object": lambda whole, rows: {row["question"]: row["answer"] for row in rows},
    "custom": _in("custom_analysis", lambda rows: {row["question"]: row["answer"] for row in rows}),
    "structure": _in("custom_analysis_datastructure", lambda rows: rows),
    "camel": lambda whole, rows: {**whole, "data": {_camel(row["question"]): row["answer"] for row in rows}},
    "bare": lambda whole, rows: [row["answer"] for row in rows],
    "upper": _in("answers", lambda rows: [{**row, "question": row["question"].upper()} for row in rows]),
    "first": _in("answers", lambda rows: rows[:1]),
    "none": lambda whole, rows: {"message": "analysis is being prepared.", "status": "success", "data": {}},
}

SPOILERS: dict[str, Callable[[Response, Options], Response]] = {
    "html-200": _whole(HTML.encode(), "text/html; charset=utf-8"),
    "text": _whole(b"OK", "text/plain; charset=utf-8"),
    "empty": _whole(b""),
    "null": _whole(b"null"),
    "list": _whole(b"[]"),
    "truncated": _truncated,
    "huge": _huge,
    "set": _set,
    "remove": _remove,
    "shape": _shape,
}
