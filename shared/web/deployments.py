"""What operators do with a deployment."""

from shared.chain.services import Services
from shared.web.exchange import Answer, Call, answer

RELEASE = ("1",)


def pause(call: Call, s: Services) -> Answer:
    name = s.conditions.known(call.params["name"]).name
    s.breakers.pause(name, call.known_caller.name)
    return answer(200, s.conditions.of(name))


def resume(call: Call, s: Services) -> Answer:
    """Requests that wait for it are not woken; each looks again by itself."""
    name = s.conditions.known(call.params["name"]).name
    release = call.chosen("release", RELEASE) is not None
    s.breakers.resume(name, call.known_caller.name, release)
    return answer(200, s.conditions.of(name))
