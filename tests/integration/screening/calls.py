"""What a screening is made with."""

from shared.errors import ServiceError
from tests.integration.tokens import Tokens

KEY = "key-for-tests"
TEXT = "planted words of a prompt"
NO_TOKENS = Tokens(ServiceError("Nobody was to ask for a token."))
