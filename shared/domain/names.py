"""Names of containers, queues and blobs: the storage layout as code."""

import hashlib
import re
from datetime import datetime

REQUESTS, CONTENT, DELIVERIES, STATE = "requests", "content", "deliveries", "state"
UPLOADS, INPUTS, PREVIEWS, REVIEW = "uploads", "inputs", "previews", "review"
APPROVED, REJECTED, DEAD, USAGE = "approved", "rejected", "dead", "usage"
TEMPLATES = "templates"
CONTAINERS = (
    *(REQUESTS, CONTENT, UPLOADS, INPUTS, PREVIEWS, REVIEW, APPROVED, REJECTED),
    *(DELIVERIES, USAGE, TEMPLATES, DEAD, STATE),
)
# Folders of STATE: one budget a month and caller, one marker an open request, one a person
# and request that waits for them, one a request that waits for anybody; one a stream of which an
# event is pending or dead.
BUDGETS, OPEN, WAITING, BY_STATUS = "budgets/", "open/", "waiting/", "by-status/"
# One a person and request in which they are named; one a person's erasure.
SUBJECTS, ERASURES = "subjects/", "erasures/"
SUBSCRIPTIONS, PENDING, DEAD_EVENTS = "subscriptions/", "deliveries/pending/", "deliveries/dead/"
# One an approval that may be used again, by what it was for; and the name of that, by request.
REUSE = "reuse/"
# And a name for each row of a batch that is over, which says how.
BATCHES = "batches/"
# Where batches are named, newest first: all of them, and each caller's.
BATCH_INDEX, BATCH_INDEX_OF = "batch-index/", "batch-index-of/"
# And one for each stage of a row at which it waits for what is said of its whole batch.
STANDING = "standing/"
# How the bodies of dead letters begin in CONTENT.
DEAD_BODY = "dead-"
# How a person is mentioned who is named in the rows of a batch.
BATCH_ROWS = "rows-"

REQUEST_QUEUE, STEP_QUEUE, EVENT_QUEUE = "image-requests", "image-steps", "image-events"
WORK_QUEUES = (REQUEST_QUEUE, STEP_QUEUE, EVENT_QUEUE)
QUEUES = tuple(name + suffix for name in WORK_QUEUES for suffix in ("", "-poison"))

# The host merges top-level fields of a JSON message into the trigger's metadata, so no
# message of ours, and no submit body, may have fields of these names in any case.
RESERVED_FIELDS = frozenset(
    {"id", "dequeuecount", "insertiontime", "expirationtime", "nextvisibletime", "popreceipt"}
    | {"queuetrigger", "sys"}
)

MAX_BLOB_CHARS = 1024  # the service's limit for a blob's name

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLDED, _UNFOLDED = str.maketrans("/-", "~="), str.maketrans("~=", "/-")
_SUBJECT = re.compile(r"(?:batches|budgets|deployments|messages|erasures)(?:~[A-Za-z0-9_=]+){1,2}")
_INVERTED = str.maketrans(CROCKFORD, CROCKFORD[::-1])


def ulid(at: datetime, entropy: bytes) -> str:
    """
    26 characters of Crockford base 32: 48 bits of milliseconds, then 10 bytes of `entropy`.

    https://github.com/ulid/spec
    """
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(entropy[:10])
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def is_ulid(text: str) -> bool:
    return len(text) == 26 and text[0] <= "7" and all(c in CROCKFORD for c in text)


def member_of(batch_id: str, row: int) -> str:
    """
    The id of the request that a row of a batch becomes, the same whoever works it out: the
    batch's time, then the row, so that a listing has them in order.
    """
    digest = hashlib.sha256(f"{batch_id} {row}".encode()).digest()
    number = row << 64 | int.from_bytes(digest[:8])
    return batch_id[:10] + "".join(CROCKFORD[number >> shift & 31] for shift in range(75, -1, -5))


def newest_first(request_id: str) -> str:
    """The id with every digit inverted, so that a listing by name begins with the newest."""
    return request_id.translate(_INVERTED)


def journal_of(request_id: str) -> str:
    return request_id


def stream_of(request_id: str) -> str:
    return f"images/{request_id}"


def subject_of(stream: str) -> str:
    """
    What a stream is called in nudges and due entries: a request's id, or the stream's own name
    without slashes and hyphens, which have a meaning there.
    """
    return stream.removeprefix("images/").translate(_FOLDED)


def stream_named(subject: str) -> str | None:
    """The stream that `subject_of` called so; None for what it cannot have called so."""
    if is_ulid(subject):
        return stream_of(subject)
    return subject.translate(_UNFOLDED) if _SUBJECT.fullmatch(subject) else None


def content_of(request_id: str) -> str:
    return f"{request_id}.json"


def batch_rows_of(batch_id: str) -> str:
    """In CONTENT: what was asked for, until all of it are requests."""
    return f"{batch_id}.rows.json"


def attempt_folder(request_id: str, round_: int, attempt: int) -> str:
    return f"{request_id}/r{round_}a{attempt}/"


def reused_folder(request_id: str, source: str = "") -> str:
    """In REVIEW: copies of another request's images; without a source, the folders' beginning."""
    return f"{request_id}/of-{source}" + "/" * bool(source)


def source_journal_of(request_id: str, source: str) -> str:
    """In REQUESTS: the lines of another journal that say who approved what was reused."""
    return f"reused/{request_id}/{source}"


def manifest_of(request_id: str, round_: int, attempt: int) -> str:
    return attempt_folder(request_id, round_, attempt) + "manifest.json"


def input_of(request_id: str, index: int) -> str:
    """Without its extension; that follows from the bytes."""
    return f"{request_id}/{index}"


def upload_of(text: str, caller: str) -> str | None:
    """
    The name within its container of what one caller sent ahead; None for anything else.

    No part of it may begin with a dot: on its way to storage `..` would lead elsewhere.
    """
    part = r"[A-Za-z0-9][A-Za-z0-9._-]*"
    own = rf"{UPLOADS}/({re.escape(caller)}(?:/{part})+)"
    found = re.fullmatch(own, text) if len(text) <= MAX_BLOB_CHARS else None
    return found[1] if found else None


def preview_of(request_id: str, index: int) -> str:
    """Without its extension; that follows from the bytes."""
    return f"{request_id}/{index}"


def template_of(name: str, version: int) -> str:
    return f"{name}/{version}.json"


def template_named(blob: str) -> tuple[str, int] | None:
    """Name and version; None for what `template_of` cannot have called so."""
    found = re.fullmatch(r"([a-z0-9-]+)/([1-9][0-9]{0,5})\.json", blob)
    return (found[1], int(found[2])) if found else None


def limit_of(deployment: str) -> str:
    return f"limits/{deployment}.json"


EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "application/json": "json"}


def extension_of(content_type: str) -> str:
    return EXTENSIONS[content_type]


def index_entries(request_id: str, caller: str) -> tuple[str, str]:
    inverted = newest_first(request_id)
    return f"index/{inverted}", f"index-of/{caller}/{inverted}"


def reusable_of(caller: str, digest: str, request_id: str = "") -> str:
    """In STATE: an approval, newest first; without a request, the beginning of all for the same."""
    return f"{REUSE}for/{caller}/{digest}/{newest_first(request_id)}"


def reusable_in(entry: str) -> str:
    """The request that is meant by such a name."""
    return newest_first(entry.rpartition("/")[2])


def reuse_note_of(request_id: str) -> str:
    """In STATE: what the request's own entry is called, since its prompt is not kept as long."""
    return f"{REUSE}by/{request_id}"


def batch_entries(batch_id: str, caller: str) -> tuple[str, str]:
    inverted = newest_first(batch_id)
    return f"{BATCH_INDEX}{inverted}", f"{BATCH_INDEX_OF}{caller}/{inverted}"


def breaker_of(deployment: str) -> str:
    return f"breakers/{deployment}.json"


def stamp(at: datetime) -> str:
    """A time whose text sorts as the times do: `20261120T205722123Z`."""
    return at.strftime("%Y%m%dT%H%M%S") + f"{at.microsecond // 1000:03d}Z"


def waiting_for(who: str) -> str:
    """The folder of one person's inbox."""
    return f"{WAITING}{who}/"


def waiting_of(who: str, deadline: datetime, request_id: str) -> str:
    return f"{waiting_for(who)}{stamp(deadline)}-{request_id}"


def mentions_of(who: str) -> str:
    """The folder of the requests in which one person is named."""
    return f"{SUBJECTS}{who}/"


def mention_of(who: str, request_id: str) -> str:
    return mentions_of(who) + request_id


def erasure_stream(erasure: str) -> str:
    return ERASURES + erasure


def dead_letter_of(queue: str, at: datetime, message: str) -> str:
    return f"{queue}/{stamp(at)}-{message}.json"


def dead_body_of(message: str) -> str:
    return DEAD_BODY + message


def is_dead_letter_of(queue: str, name: str) -> bool:
    record = rf"{queue}/[0-9]{{8}}T[0-9]{{9}}Z-[A-Za-z0-9-]{{1,64}}\.json"
    return re.fullmatch(record, name) is not None
