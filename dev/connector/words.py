"""What makers read beside each field: titles, explanations, choices, and what is shown first."""

import re
from collections.abc import Mapping

from dev.connector.operations import KEY_HEADER, TOKEN_HEADER
from shared.domain.families import (
    ALL_BACKGROUNDS,
    CLASSIC_SIZES,
    FIDELITIES,
    FORMATS,
    MODERATION,
    NEW_QUALITIES,
)

FIRST = (
    "name",
    "items",
    "csv",
    "prompt",
    "template",
    "n",
    "size",
    "quality",
    "model",
    "decision",
    "reviewer",
    "comment",
)
# Not for makers: a connector has its triggers instead of callbacks.
LEFT_OUT = frozenset({"callbackUrl", "callbackEvents", "callbackSecret"})
CHOICES: Mapping[str, tuple[str, ...]] = {
    "size": CLASSIC_SIZES,
    "quality": NEW_QUALITIES,
    "background": ALL_BACKGROUNDS,
    "outputFormat": FORMATS,
    "moderation": MODERATION,
    "inputFidelity": FIDELITIES,
}
_TITLES: Mapping[str, str] = {
    "id": "Request ID",
    "n": "Number of Images",
    "to": "Delegate To",
    "at": "Decided At",
    "mask": "Mask",
    "after": "Stages After Generation",
    "before": "Stages Before Generation",
    "index": "Image Index",
    "sha256": "SHA-256",
    "promptSha256": "Prompt SHA-256",
    "self": "Request URL",
    "result": "Result URL",
    "cancel": "Cancel URL",
    "evidence": "Evidence URL",
    "review": "Review URL",
    "csv": "CSV Table",
    "base64": "Content",
    "url": "URL",
    "blobUrl": "Blob URL",
    "seq": "Sequence",
    KEY_HEADER: "Idempotency Key",
    TOKEN_HEADER: "Review Token",
}
_ABOUT: Mapping[str, str] = {
    "id": "ID of the request.",
    "prompt": "What the images should show.",
    "csv": "A header of variables, and of fields as request.<field>; then a line for each row.",
    "template": "Which template, and what stands in its places.",
    "version": "Number of the version; the newest when empty.",
    "variables": "Names of the template's variables with their values.",
    "n": "How many images to make, 1 to 10.",
    "size": "Width x height in pixels; some models take other sizes as well.",
    "quality": "Better takes longer and costs more.",
    "model": "Which model makes the images; the app's first choice when empty.",
    "background": "Transparent needs the format png.",
    "outputFormat": "File format of the images.",
    "outputCompression": "For jpeg: 0 to 100, less is smaller.",
    "moderation": "How strictly the model's safety system filters.",
    "partialImages": "How many previews to make while the image is drawn.",
    "style": "Only for models that have styles.",
    "inputImages": "Images to edit; leave empty to make new ones.",
    "inputFidelity": "How closely edits keep to the input.",
    "approval": "Who is asked, in which order; the app's own rule when empty.",
    "altText": "Text for people who cannot see the image.",
    "purpose": "What the images are for; reviewers see it.",
    "costCenter": "Shown in the usage report.",
    "requestedBy": "On whose behalf the flow asks.",
    "metadata": "Values of your own, given back with each event.",
    "decision": "Approve, reject, ask for another round, hand over, or take back.",
    "reviewer": "Mail address or user principal name of who decided.",
    "alsoKnownAs": "Other addresses or ids of the same reviewer.",
    "comment": "Why; for another round: what to change.",
    "stage": "Name of the stage that is decided on.",
    "round": "Number of the round that is decided on.",
    "images": "A verdict for each image; leave empty for one on all of them.",
    "index": "Which image, from 0.",
    "base64": "The file's content as base64.",
    "url": "Address of the image.",
    "blob": "Container and name of the stored file.",
    "name": "Name by which it is called.",
    "before": "Who is asked about the prompt, before anything is bought.",
    "after": "Who is asked about the images.",
    "reviewers": "Mail addresses, user principal names or object ids.",
    "rule": "Whether one of them is enough, or all have to approve.",
    "veto": "Whether one answer that does not approve ends it.",
    "deadline": "How long people have, such as PT72H, or until when.",
    "remindEvery": "How often they are reminded, such as PT24H.",
    "onDeadline": "Whether it expires then, or others are asked.",
    "escalateTo": "Who is asked after the deadline.",
    "releaseDelay": "How long a verdict can be taken back, such as PT1H.",
    "delegate": "Whether reviewers may name somebody else.",
    "checklist": "What has to be ticked.",
    "sha256": "Digest of the bytes.",
    "callers": "Only requests of these callers; empty: of all that may be seen.",
    KEY_HEADER: "The same key asks only once, however often the flow is repeated.",
    TOKEN_HEADER: "From the event's decision URL; without it the key needs the role decide.",
}


def title_of(name: str) -> str:
    """`urlExpiresAt` as `URL Expires At`."""
    if name in _TITLES:
        return _TITLES[name]
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return " ".join({"url": "URL", "id": "ID"}.get(word.lower(), word.title()) for word in words)


def about(name: str, said: str | None = None) -> str:
    """For makers if this page has it, else what the model says, else no more than its title."""
    return _ABOUT.get(name) or said or f"{title_of(name)}."
