"""Edits are refused for what the service refuses in forms, pictures and masks."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.integration.simulator.files import File, encoded, jpeg, mask, png

V1 = "/openai/v1/images/edits"
DATED = {"api-version": "2025-04-01-preview"}


def edit(
    http: httpx.Client, files: list[tuple[str, File]], model: str = "img-local", **fields: str
) -> httpx.Response:
    return http.post(V1, data={"model": model, "prompt": "x", **fields}, files=files)


def error_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert isinstance(error, dict)
    return error


def test_both_forms_and_both_names_of_the_field(http: httpx.Client) -> None:
    """`image` and `image[]` mix, jpg beside png; the older form needs no model."""
    files = [("image", png()), ("image[]", jpeg()), ("image[]", png())]
    assert edit(http, files).status_code == 200
    dated = http.post(
        "/openai/deployments/img-local/images/edits",
        params=DATED,
        data={"prompt": "x", "n": "2"},
        files=files,
    )
    assert len(dated.json()["data"]) == 2


def test_access_is_as_for_generations(http: httpx.Client) -> None:
    """Version, key, deployment and the model beside a path are looked at here as well."""
    path = "/openai/deployments/img-local/images/edits"
    files = {"image": png()}
    statuses = [
        http.post(path, data={"prompt": "x"}, files=files).status_code,
        http.post(V1, headers={"api-key": "no"}, data={"model": "img-local"}).status_code,
        edit(http, [("image", png())], model="no").status_code,
    ]
    assert statuses == [404, 401, 404]
    bad = http.post(path, params=DATED, data={"prompt": "x", "model": "img-local"}, files=files)
    assert error_of(bad)["message"] == "The model 'img-local' does not exist."


def test_permission_error_names_the_edit(http: httpx.Client) -> None:
    """The data action and the path are those of edits."""
    answer = http.post(V1, headers={"api-key": "", "authorization": "Bearer no"})
    message = answer.json()["error"]["message"]
    assert "OpenAI/images/edits/action" in message and "POST /openai/v1/images/edits" in message


@pytest.mark.parametrize("count", [16, 17])
def test_at_most_sixteen_pictures(http: httpx.Client, count: int) -> None:
    """Sixteen pass, one more does not."""
    answer = edit(http, [("image[]", png())] * count)
    if count == 16:
        assert answer.status_code == 200
    else:
        assert error_of(answer)["code"] == "array_above_max_length"


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"prompt": ""}, "prompt", "empty_string"),
        ({"n": "11"}, "n", "integer_above_max_value"),
        ({"n": "0"}, "n", "integer_below_min_value"),
        ({"n": "two"}, "n", "invalid_type"),
        ({"partial_images": "4"}, "partial_images", "integer_above_max_value"),
        ({"size": "512x512"}, "size", "invalid_value"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"background": "red"}, "background", "invalid_value"),
        ({"output_format": "webp"}, "output_format", "invalid_value"),
        ({"output_compression": "50"}, None, "invalid_png_output_compression"),
        ({"moderation": "off"}, "moderation", "invalid_value"),
        ({"response_format": "url"}, "response_format", "unknown_parameter"),
        ({"image": "text"}, "image", "invalid_type"),
    ],
)
def test_bad_fields(
    http: httpx.Client, fields: dict[str, str], param: str | None, code: str
) -> None:
    """Text fields have the rules of generations, whatever type they stand for."""
    error = error_of(edit(http, [("image", png())], **fields))
    assert (error["param"], error["code"]) == (param, code)


def test_strange_files(http: httpx.Client) -> None:
    """A picture is required, a file of another name is unknown, a second mask is one too many."""
    wrong = [
        edit(http, [("mask", mask())]),
        edit(http, [("image", png()), ("markup", png())]),
        edit(http, [("image", png()), ("mask", mask()), ("mask", mask())]),
    ]
    assert [error_of(answer)["code"] for answer in wrong] == [
        "missing_required_parameter",
        "unknown_parameter",
        "duplicate_parameter",
    ]


def test_a_text_field_must_not_come_twice(http: httpx.Client) -> None:
    """Which of them would count is not known."""
    data = {"model": "img-local", "prompt": ["x", "y"]}
    answer = http.post(V1, data=data, files={"image": png()})
    assert error_of(answer)["param"] == "prompt"


@pytest.mark.parametrize(
    ("model", "fidelity", "code"),
    [
        ("img-local", "high", "invalid_input_fidelity_model"),
        ("img-flare", "low", "invalid_input_fidelity_model"),
        ("img-mini", "low", "invalid_input_fidelity_model"),
        ("img-half", "best", "invalid_value"),
    ],
)
def test_fidelity_by_model(http: httpx.Client, model: str, fidelity: str, code: str) -> None:
    """Only the first series without mini has a choice, of two."""
    error = error_of(edit(http, [("image", png())], model=model, input_fidelity=fidelity))
    assert (error["param"], error["code"]) == ("input_fidelity", code)


def test_fidelity_literal(http: httpx.Client) -> None:
    """The refusal of gpt-image-2 word for word."""
    assert error_of(edit(http, [("image", png())], input_fidelity="high")) == {
        "message": "The model 'gpt-image-2' does not support the 'input_fidelity' parameter.",
        "type": "image_generation_user_error",
        "param": "input_fidelity",
        "code": "invalid_input_fidelity_model",
    }


def cmyk() -> File:
    return "in.jpg", encoded(Image.new("CMYK", (64, 48)), "JPEG"), "image/jpeg"


def webp() -> File:
    return "in.png", encoded(Image.new("RGB", (64, 48)), "WEBP"), "image/png"


def bomb() -> File:
    """A few bytes that say they are 30,000 pixels square."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )
    return "in.png", b"\x89PNG\r\n\x1a\n" + chunks, "image/png"


def cut_short() -> File:
    name, data, kind = png(size=(640, 480))
    return name, data[: len(data) // 2], kind


@pytest.mark.parametrize("broken", [cmyk(), webp(), bomb(), cut_short()])
def test_unreadable_picture_has_its_number(http: httpx.Client, broken: File) -> None:
    """Broken, of another kind than it says, or in colours for print: the third one is named."""
    error = error_of(edit(http, [("image[]", png()), ("image[]", png()), ("image[]", broken)]))
    assert error == {
        "message": "Invalid image file or mode for image 3, please check your image file.",
        "type": "image_generation_user_error",
        "param": None,
        "code": "invalid_image_file",
    }


@pytest.mark.parametrize("kind", ["image/webp", "application/octet-stream"])
def test_the_declared_type_counts(http: httpx.Client, kind: str) -> None:
    """A good picture under another type is refused unread."""
    name, data, _ = png()
    assert error_of(edit(http, [("image", (name, data, kind))]))["code"] == (
        "unsupported_file_mimetype"
    )


def padded(data: bytes, size_bytes: int) -> bytes:
    """A PNG with bytes after its end, which readers do not mind."""
    return data + bytes(size_bytes - len(data))


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 400)])
def test_limits_in_bytes(http: httpx.Client, over: int, status: int) -> None:
    """Fewer than 4 MB for a mask and fewer than 50 MB for a picture, to the byte."""
    name, data, kind = mask()
    heavy = (name, padded(data, 4 * 1024 * 1024 + over), kind)
    assert edit(http, [("image", png()), ("mask", heavy)]).status_code == status
    name, data, kind = png()
    heavy = (name, padded(data, 50 * 1024 * 1024 + over), kind)
    assert edit(http, [("image", heavy)]).status_code == status


@pytest.mark.parametrize(
    ("wrong", "rule"), [(png(), "alpha"), (jpeg(size=(64, 48)), "PNG"), (mask((64, 49)), "size")]
)
def test_bad_masks(http: httpx.Client, wrong: File, rule: str) -> None:
    """A mask without alpha, of another format or of another size than the first picture."""
    files = [("image[]", png()), ("image[]", png(size=(64, 49))), ("mask", wrong)]
    error = error_of(edit(http, files))
    assert (error["param"], error["code"]) == ("mask", "invalid_mask_image_format")
    assert rule in error["message"]


@pytest.mark.parametrize(("stream", "kind"), [("True", "text/event-stream"), ("true", "json")])
def test_stream_minds_the_case(http: httpx.Client, stream: str, kind: str) -> None:
    """`True` streams and `true` does not."""
    answer = edit(http, [("image", png())], stream=stream, partial_images="1")
    assert answer.status_code == 200 and kind in answer.headers["content-type"]
    assert ("image_edit.completed" in answer.text) == (stream == "True")


BOUNDED = {"content-type": "multipart/form-data; boundary=b1"}
PART = b'--b1\r\nContent-Disposition: form-data; name="model"\r\n\r\nimg-local\r\n'


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"content-type": "application/json"}, b'{"model":"img-local"}'),
        ({"content-type": "multipart/form-data"}, PART + b"--b1--\r\n"),
        (BOUNDED, PART),
        (BOUNDED, b""),
        (BOUNDED, PART.replace(b"form-data", b"file") + b"--b1--\r\n"),
        (BOUNDED, PART.replace(b"img-local", b"\xff") + b"--b1--\r\n"),
    ],
)
def test_malformed_forms(http: httpx.Client, headers: dict[str, str], content: bytes) -> None:
    """No form, no boundary, no end, nothing at all, and parts that belong in no form."""
    error = error_of(http.post(V1, headers=headers, content=content))
    assert error["type"] == "invalid_request_error"


def test_a_form_may_come_in_chunks(http: httpx.Client) -> None:
    """A body of unknown length is read whole, and the connection stays usable."""
    request = http.build_request(
        "POST", V1, data={"model": "img-local", "prompt": "x"}, files={"image": png()}
    )
    whole = io.BytesIO(request.read())
    headers = {"content-type": request.headers["content-type"]}
    for _ in range(2):
        whole.seek(0)
        answer = http.post(V1, headers=headers, content=iter(lambda: whole.read(100), b""))
        assert answer.status_code == 200
