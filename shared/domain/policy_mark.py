"""What a request's record says of the policy that let it in."""

from shared.domain.values import Value


class Said(Value):
    """A rule's warning, in the words that held then."""

    rule: str
    reason: str


class PolicyMark(Value):
    """
    `rules` are the ids of all that matched; `stages` the names of those it added. The document
    itself is found by its digest, wherever its versions are kept.
    """

    version: str
    sha256: str
    rules: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    warnings: tuple[Said, ...] = ()
