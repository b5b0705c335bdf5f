"""
Streamed answers, one row for each way that senders write them or let them end.

Which of the forms of an error Azure's images send is not known, so each has its rows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import ModelError, ModelRefused, ModelUnknown
from tests.integration.model.streams import (
    COMPLETED,
    FILTERED,
    FLAT_ERROR,
    PARTIAL,
    SERVER_ERROR,
    USAGE,
    completed,
    frame,
    image_event,
    partial,
    stream_of,
)

FIRST, SECOND, COARSE = b"first image" * 9, b"second image" * 9, b"coarse" * 9
DONE = b"data: [DONE]\n\n"
ONE, TWO = {0: FIRST}, {0: FIRST, 1: SECOND}
NONE: Mapping[int, bytes] = {}


@dataclass(frozen=True)
class Row:
    """
    A stream that answers a call for `n` images, and what comes of it.

    `kind` None: it succeeds, with `output_tokens` counted, for each image or not. Else `kind` and
    `code` are the error's, and `stored` what had come whole.
    """

    name: str
    body: bytes
    stored: Mapping[int, bytes] = field(default_factory=lambda: ONE)
    previews: int = 0
    n: int = 1
    output_tokens: object = 100
    kind: type[ModelError] | None = None
    code: str = ""
    usage_is_whole: bool = True


def _without(event: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in event.items() if name not in names}


PLAIN, COARSER = completed(FIRST), partial(COARSE)
LINES = json.dumps(PLAIN, indent=1).encode().splitlines()
DETAILS = {"image_tokens": 90, "text_tokens": 10}
ALL = stream_of(PLAIN)
_ECHO = ("size", "quality", "background", "output_format")
_EDIT = (
    image_event("image_edit.partial_image", COARSE, partial_image_index=0),
    image_event("image_edit.completed", FIRST, usage=USAGE),
)

WRITTEN = (
    Row("a partial image before", stream_of(COARSER, PLAIN), previews=1),
    Row("an edit", stream_of(*_EDIT), previews=1),
    Row("three partial images", stream_of(*(partial(COARSE, i) for i in range(3)), PLAIN), ONE, 3),
    Row("no partial image", ALL),
    Row("created_at named created", frame(_without(PLAIN, "created_at") | {"created": 1})),
    Row("no time at all", frame(_without(PLAIN, "created_at"))),
    Row("the mark of the end", ALL + DONE),
    Row("more after the mark", ALL + DONE + b"data: anything\n\n"),
    Row("no name", frame(PLAIN)),
    Row("another name", frame(PLAIN, "message")),
    Row("a name alone", frame(_without(PLAIN, "type"), COMPLETED)),
    Row("both by name alone", frame(_without(COARSER, "type"), PARTIAL) + ALL, previews=1),
    Row("CRLF", frame(PLAIN, COMPLETED, "\r\n")),
    Row("CR", frame(PLAIN, COMPLETED, "\r")),
    Row("comments", b": keep-alive\n\n: keep-alive\n" + ALL + b": bye\n\n"),
    Row("other fields", b"id: 1\r\nretry: 5\r\n" + frame(PLAIN, None, "\r\n")),
    Row("a byte order mark", "\ufeff".encode() + ALL),
    Row("no blank line at the end", ALL.rstrip(b"\n")),
    Row("one line end at the end", ALL.rstrip(b"\n") + b"\n"),
    Row("no space after the colon", ALL.replace(b": ", b":", 2)),
    Row("many data lines", b"".join(b"data: %b\n" % line for line in LINES) + b"\n"),
    Row("type at the end", frame(dict(sorted(PLAIN.items())))),
    Row("auto echoed", frame(PLAIN | dict.fromkeys(_ECHO, "auto"))),
    Row("choices echoed", frame(PLAIN | {"size": "3840x2160", "quality": "max"})),
    Row("nothing echoed", frame(_without(PLAIN, *_ECHO))),
    Row("fields of later days", frame(PLAIN | {"later": [{"b64_json": "QUJD"}]})),
    Row("events of later days", frame({"later": 1}) + frame({}) + b"data:\n\n" + ALL),
    Row("a name without data", b"event: ping\n\n" + ALL),
    Row("error null", frame(PLAIN | {"error": None})),
    Row("no usage", frame(_without(PLAIN, "usage")), output_tokens=None, usage_is_whole=False),
    Row(
        "usage that is none",
        frame(PLAIN | {"usage": "much"}),
        output_tokens=None,
        usage_is_whole=False,
    ),
    Row(
        "usage of one image only",
        frame(_without(PLAIN, "usage")) + stream_of(completed(SECOND)),
        TWO,
        n=2,
        usage_is_whole=False,
    ),
    Row(
        "usage of one image without its input",
        frame(PLAIN | {"usage": _without(USAGE, "input_tokens")}) + stream_of(completed(SECOND)),
        TWO,
        n=2,
        output_tokens=200,
        usage_is_whole=False,
    ),
    Row(
        "usage with details", frame(PLAIN | {"usage": {**USAGE, "output_tokens_details": DETAILS}})
    ),
    Row("two images", stream_of(PLAIN, completed(SECOND)), TWO, n=2, output_tokens=200),
    Row(
        "two images, partial ones between",
        stream_of(COARSER, COARSER, PLAIN, COARSER, completed(SECOND)) + DONE,
        *(TWO, 3, 2, 200),
    ),
    Row("more than asked", stream_of(PLAIN, completed(SECOND)), TWO, output_tokens=200),
    Row("an error after all", ALL + frame(FILTERED)),
    Row("nonsense after all", ALL + b"data: {\n\n"),
)


_BROKEN, _FAILED = "broken_answer", "upstream_failed"
_BEGUN = stream_of(COARSER)


def _unknown(
    name: str, body: bytes, code: str, stored: Mapping[int, bytes] = NONE, n: int = 1
) -> Row:
    return Row(name, body, stored, int(_BEGUN in body), n, None, ModelUnknown, code)


_USER_ERROR = {"error": {"code": "invalid_value", "param": "size", "message": "No."}}
_FILTERS_TEXT = {"error": {"code": None, "message": "Rejected. safety_violations=[sexual]."}}
INCOMPLETE = (
    _unknown("nothing", b"", _BROKEN),
    _unknown("the mark alone", DONE, _BROKEN),
    _unknown("comments alone", b": ping\n\n: ping\n\n", _BROKEN),
    _unknown("a partial image alone", _BEGUN, _BROKEN),
    _unknown("a partial image and the mark", _BEGUN + DONE, _BROKEN),
    _unknown("one of two", ALL + DONE, _BROKEN, ONE, 2),
    _unknown("cut before the image", ALL[:60], _BROKEN),
    _unknown("cut within the image", ALL[:120], _BROKEN),
    _unknown("cut within the second", ALL + stream_of(completed(SECOND))[:120], _BROKEN, ONE, 2),
    _unknown("an empty image", stream_of(completed(b"")), _BROKEN),
    _unknown("completed without an image", frame(_without(PLAIN, "b64_json")), _BROKEN),
    _unknown("no JSON", _BEGUN + b"data: sorry\n\n", _BROKEN),
    _unknown("no object", _BEGUN + b"data: [1]\n\n", _BROKEN),
    _unknown("object, by name", _BEGUN + frame(SERVER_ERROR, "error"), _FAILED),
    _unknown("object, no name", _BEGUN + frame(SERVER_ERROR), _FAILED),
    _unknown("typed", frame({"type": "error", **SERVER_ERROR}), _FAILED),
    _unknown("flat", _BEGUN + frame(FLAT_ERROR), _FAILED),
    _unknown("flat, by name", frame({"code": "server_error"}, "error"), _FAILED),
    _unknown("an error without words", b"event: error\ndata: {}\n\n", _FAILED),
    _unknown("an error that is text", frame({"error": "no object"}), _FAILED),
    _unknown("a parameter's error", frame(_USER_ERROR, "error"), _FAILED),
    _unknown("the filter's text", frame(_FILTERS_TEXT), _FAILED),
    _unknown("an error beside the image", frame(PLAIN | SERVER_ERROR), _FAILED, ONE),
    _unknown("an error between images", ALL + frame(SERVER_ERROR), _FAILED, ONE, 2),
    _unknown("the filter between images", ALL + frame(FILTERED), _BROKEN, ONE, 2),
)


def _refused(name: str, error: bytes) -> Row:
    return Row(name, _BEGUN + error, NONE, 1, 1, None, ModelRefused, "content_filtered")


FILTER = (
    _refused("filter, typed", frame(FILTERED)),
    _refused("filter, typed and named", frame(FILTERED, "error")),
    _refused("filter, object by name", frame({"error": FILTERED["error"]}, "error")),
    _refused("filter, object alone", frame({"error": FILTERED["error"]})),
    _refused("filter, how-to", frame({"created": 1, "error": {"code": "contentFilter"}})),
    _refused("filter, flat", frame({"type": "error", "code": "content_policy_violation"})),
)

ROWS = (*WRITTEN, *INCOMPLETE, *FILTER)
