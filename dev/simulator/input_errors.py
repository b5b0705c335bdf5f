"""Refusals of forms and of the pictures that callers send, most of them composed.

Known word for word are the unreadable picture with its number and the unsupported fidelity; what
the others share with the service is envelope, parameter and sense.
"""

from __future__ import annotations

from .answers import Refusal
from .errors import image_parameter, parameter, unkeyed


def not_multipart(content_type: str) -> Refusal:
    """400 for an edit that is no form; whether Azure takes JSON here is not known."""
    message = f"Unsupported content type: '{content_type}'. Expected 'multipart/form-data'."
    return unkeyed(message, "unsupported_content_type")


def malformed_form() -> Refusal:
    """400 for a form that breaks off or has no proper parts."""
    return unkeyed("We could not parse the multipart form of your request.", None)


def not_a_file(name: str) -> Refusal:
    """400 for a picture sent as text."""
    message = f"Invalid type for '{name}': expected a file, but got a string instead."
    return parameter(message, name, "invalid_type")


def repeated_field(name: str) -> Refusal:
    """400 for a text field or a mask that comes twice."""
    return parameter(f"Duplicate parameter: '{name}'.", name, "duplicate_parameter")


def too_many_inputs(most: int, given: int) -> Refusal:
    """400 for more pictures than an edit may have."""
    message = (
        f"Invalid 'image': array too long. Expected an array with maximum length {most}, "
        f"but got an array with length {given} instead."
    )
    return parameter(message, "image", "array_above_max_length")


def unsupported_file(name: str, content_type: str) -> Refusal:
    """400 by the part's declared type alone."""
    message = (
        f"Invalid file '{name}': unsupported mimetype ('{content_type}'). "
        "Supported file formats are 'image/jpeg' and 'image/png'."
    )
    return parameter(message, name, "unsupported_file_mimetype")


def invalid_image_file(number: int) -> Refusal:
    """400 for the picture of that number, counted from 1: broken, or in a strange colour mode."""
    message = f"Invalid image file or mode for image {number}, please check your image file."
    return image_parameter(message, None, "invalid_image_file")


def file_too_large(name: str, limit_bytes: int) -> Refusal:
    """400 for a picture or a mask over its limit."""
    message = f"Invalid file '{name}': expected fewer than {limit_bytes} bytes."
    return image_parameter(message, name, "image_too_large")


def invalid_mask(rule: str) -> Refusal:
    """400 for a mask that is no PNG, has no alpha or another size than the first picture."""
    return image_parameter(f"Invalid mask image: {rule}", "mask", "invalid_mask_image_format")


def fidelity_unsupported(model_id: str, param: str) -> Refusal:
    """400 from every model that does not let the caller choose."""
    message = f"The model '{model_id}' does not support the 'input_fidelity' parameter."
    return image_parameter(message, param, "invalid_input_fidelity_model")
