"""The pictures callers send: counted, weighed, read whole, and the mask held against the first."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from PIL import Image

from . import errors, input_errors
from .form import FILES, File, Form
from .order import Inputs

MOST_INPUTS = 16
INPUT_LIMIT_BYTES = 50 * 1024 * 1024
# Azure's reference; OpenAI's guide gives masks the pictures' limit.
MASK_LIMIT_BYTES = 4 * 1024 * 1024
CONTENT_TYPES = ("image/png", "image/jpeg")
# "Invalid image file or mode": which modes are meant is not known. These are what tools write.
MODES = ("L", "LA", "P", "RGB", "RGBA")


def read_inputs(form: Form) -> Inputs:
    """A form's pictures and mask.

    Raises:
        Refusal: for the first of them the service would refuse.
    """
    for file in form.files:
        if file.name not in FILES:
            raise errors.unknown_parameter(file.name)
    images, masks = form.named("image", "image[]"), form.named("mask")
    if not images:
        message = "Missing required parameter: 'image'."
        raise errors.parameter(message, "image", "missing_required_parameter")
    if len(masks) > 1:
        raise input_errors.repeated_field("mask")
    return checked(images, masks[0] if masks else None)


def checked(images: Sequence[File], mask: File | None) -> Inputs:
    """The same for pictures from anywhere: those of the Responses route come as data URLs."""
    if len(images) > MOST_INPUTS:
        raise input_errors.too_many_inputs(MOST_INPUTS, len(images))
    read = tuple(_read_image(file, number) for number, file in enumerate(images, start=1))
    digest = hashlib.sha256()
    for file in [*images, *([mask] if mask else [])]:
        digest.update(hashlib.sha256(file.data).digest())
    return Inputs(read, _read_mask(mask, read[0]) if mask else None, digest.hexdigest())


def _read_image(file: File, number: int) -> Image.Image:
    if file.content_type not in CONTENT_TYPES:
        raise input_errors.unsupported_file(file.name, file.content_type)
    if len(file.data) >= INPUT_LIMIT_BYTES:
        raise input_errors.file_too_large(file.name, INPUT_LIMIT_BYTES)
    image = _opened(file.data)
    if image is None or image.mode not in MODES:
        raise input_errors.invalid_image_file(number)
    return image


def _opened(data: bytes) -> Image.Image | None:
    """The picture with all of its pixels read, or nothing when it is broken or a bomb."""
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return image


def _read_mask(file: File, first: Image.Image) -> Image.Image:
    if len(file.data) >= MASK_LIMIT_BYTES:
        raise input_errors.file_too_large("mask", MASK_LIMIT_BYTES)
    mask = _opened(file.data)
    if mask is None or mask.format != "PNG":
        raise input_errors.invalid_mask("it must be a PNG file.")
    if not mask.has_transparency_data:
        raise input_errors.invalid_mask("it has no alpha channel.")
    if mask.size != first.size:
        raise input_errors.invalid_mask("its size must be that of the first image.")
    return mask
