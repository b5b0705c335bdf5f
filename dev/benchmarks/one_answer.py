"""
One answer with large images, taken in a process of its own: by the app or by the official SDK.

    python -m dev.benchmarks.one_answer darkroom|sdk URL STORAGE

prints what the process's memory rose by and the digests of the images, as JSON.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dev.benchmarks.large_answers import IMAGES, LARGE, SMALL

# Takes the images of a deployment and gives their digests.
Take = Callable[[str, int], list[str]]


def darkroom(url: str, storage: str) -> Take:
    """What a worker does with an answer, from the connection to the committed blobs."""
    import httpx

    from shared.adapters.blobs import AzureBlobs
    from shared.adapters.c2pa_judge import C2paJudge
    from shared.adapters.clock import StorageClock
    from shared.adapters.credentials import AzureTokens
    from shared.adapters.model_client import AzureOpenAIModel
    from shared.adapters.storage import Storage
    from shared.chain.attempt_store import AttemptStore
    from shared.chain.ports import ModelCall
    from shared.domain.deployments import Deployment
    from shared.domain.parts import Attempt
    from shared.domain.storage_target import StorageTarget

    blobs = AzureBlobs(Storage(StorageTarget(connection_string=storage), StorageClock()))
    deployments = {
        name: Deployment(name, url, name, "gpt-image-2", "v1", None, 60, api_key="none")
        for name in (SMALL, LARGE)
    }
    model = AzureOpenAIModel(deployments, AzureTokens(None), httpx.HTTPTransport())
    now = datetime.now(UTC)

    def take(deployment: str, n: int) -> list[str]:
        attempt = Attempt(1, 1, deployment, by="", at=now, lease_until=now)
        judge = C2paJudge()
        store = AttemptStore(blobs, f"bench-{deployment}", attempt, "gpt-image-2", judge)
        model.generate(ModelCall(deployment, "noise", n, {}, "bench", "bench", 600.0), store)
        assert {one.provenance and one.provenance.c2pa for one in store.images} == {"valid"}
        return [image.sha256 for image in store.images]

    return take


def sdk(url: str, storage: str) -> Take:
    """What its readme shows: the answer, then each image decoded; none is kept here."""
    import openai

    direct = openai.DefaultHttpxClient(trust_env=False)  # past any proxy of this machine
    client = openai.OpenAI(base_url=f"{url}/openai/v1", api_key="none", http_client=direct)

    def take(deployment: str, n: int) -> list[str]:
        answer = client.images.generate(model=deployment, prompt="noise", n=n)
        return [digest(base64.b64decode(item.b64_json or "")) for item in answer.data or []]

    return take


def digest(image: bytes) -> str:
    return hashlib.sha256(image).hexdigest()


def held_bytes() -> int:
    """What of this process is in memory now; where nobody says, the most there has been."""
    return _of_status("VmRSS") or _peak_by_usage_bytes()


def peak_bytes() -> int:
    """
    The most that ever was in memory. Not `getrusage` on Linux: there a child begins with its
    parent's peak.
    """
    return _of_status("VmHWM") or _peak_by_usage_bytes()


def _of_status(name: str) -> int:
    """0 where the system has no such file."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    kibibytes = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(kibibytes[0]) * 1024 if kibibytes else 0


def _peak_by_usage_bytes() -> int:
    if sys.platform == "win32":
        raise SystemExit("Windows does not tell a program's peak in a way known here.")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    """
    A small answer first, so that what is loaded at the first call is no part of the rise.
    """
    program, url, storage = sys.argv[1:]
    take = {"darkroom": darkroom, "sdk": sdk}[program](url, storage)
    take(SMALL, 1)
    before_bytes = held_bytes()
    digests = take(LARGE, IMAGES)
    print(json.dumps({"riseBytes": peak_bytes() - before_bytes, "digests": digests}))


if __name__ == "__main__":
    main()
