"""
The policy that holds now: built in, from a file, or from a blob that may change meanwhile.

Where there is no good one yet, nothing new is taken: a rule that is not known must not be a rule
that is broken.
"""

from functools import partial

from shared.chain.document_in_force import DocumentInForce
from shared.chain.ports import Blobs, Clock
from shared.domain.document_place import DocumentBlob
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.policy_views import PolicyStanding
from shared.errors import PolicyUnavailable


class PolicyInForce:
    """`given`: a policy, or where one lies."""

    def __init__(
        self, blobs: Blobs, clock: Clock, given: Policy | DocumentBlob, around: Surroundings
    ) -> None:
        self._given = given if isinstance(given, Policy) else None
        if isinstance(given, DocumentBlob):
            read = partial(read_policy, around=around)
            self._blob = DocumentInForce(blobs, clock, given, read, "policy")

    def current(self) -> Policy:
        """
        Raises:
            PolicyUnavailable: none could be read yet.
        """
        if (policy := self.known()) is None:
            raise PolicyUnavailable
        return policy

    def known(self) -> Policy | None:
        return self._given or self._blob.look().document

    def standing(self) -> PolicyStanding:
        if (given := self._given) is not None:
            return PolicyStanding(
                state="current",
                source="builtIn" if given is BUILT_IN else "file",
                version=given.version,
                sha256=given.sha256,
            )
        last = self._blob.look()
        return PolicyStanding(
            state=last.state,
            source="blob",
            version=last.document.version if last.document else None,
            sha256=last.sha256,
            faults=last.views,
        )
