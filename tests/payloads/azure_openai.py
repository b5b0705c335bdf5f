"""
Azure OpenAI's answer when all goes well; errors are in `azure_errors.py`.
"""

USAGE = {
    "input_tokens": 18,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 18},
    "output_tokens": 196,
    "output_tokens_details": {"image_tokens": 196, "text_tokens": 0},
    "total_tokens": 214,
}


def success(*images_base64: str) -> dict[str, object]:
    """The answer to a generation, with these images."""
    return {
        "created": 1713833628,
        "background": "opaque",
        "output_format": "png",
        "quality": "medium",
        "size": "1024x1024",
        "data": [{"b64_json": text} for text in images_base64],
        "usage": USAGE,
    }
