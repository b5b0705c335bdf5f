"""What the field's library says of manifests, and that nothing it does can harm a call."""

import io
import subprocess
import sys
from contextlib import closing
from functools import cache
from tempfile import TemporaryFile
from threading import Event, Thread
from typing import IO, Any

import c2pa  # type: ignore[import-untyped]
import pytest
from PIL import Image

from dev.places import ROOT
from dev.simulator.certificates import signing_chain
from dev.simulator.provenance import Signatory
from shared.adapters.c2pa_judge import C2paJudge, installed
from shared.chain.sighting import Sighting
from shared.domain.values import Provenance
from tests.integration.scripted_server import scripted_server

VALID = Provenance(c2pa="valid", generator="Darkroom simulator 1")
INVALID, PRESENT = Provenance(c2pa="invalid"), Provenance(c2pa="present")
KINDS = ("png", "jpeg")
UNVERIFIED = {"verify": {"verify_after_sign": False}}


@cache
def drawn(kind: str, signed: bool = True) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((256, 192), 90).convert("RGB").save(out, kind.upper())
    return Signatory().sign(out.getvalue(), kind) if signed else out.getvalue()


def found(picture: bytes, kind: str, judge: C2paJudge | None = None) -> Provenance:
    """As the chain asks: the bytes pass by in pieces, and are judged after the last."""
    with closing(Sighting(judge or C2paJudge())) as sighting:
        for start in range(0, len(picture), 1000):
            sighting.write(picture[start : start + 1000])
        return sighting.provenance(f"image/{kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_that_holds(kind: str) -> None:
    """It is valid, though nobody trusts the signer, and names its maker."""
    assert installed()
    assert found(drawn(kind), kind) == VALID


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["pixels", "claim", "box"])
def test_one_bit(kind: str, part: str) -> None:
    """One bit of the picture or of its manifest, and it is invalid and names nobody."""
    picture = bytearray(drawn(kind))
    claim = picture.index(b"claim_generator_info")
    at = {"pixels": len(picture) - 30, "claim": claim + 30, "box": picture.index(b"jumb")}[part]
    picture[at] ^= 1

    assert found(bytes(picture), kind) == INVALID


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_judge(kind: str) -> None:
    """A picture without a manifest is not asked about."""
    assert found(drawn(kind, signed=False), kind) == Provenance(c2pa="absent")


@pytest.mark.parametrize("most_bytes", [0, 5000])
def test_too_large_to_be_kept_aside(most_bytes: int) -> None:
    """There is a manifest, and nobody says more."""
    assert found(drawn("png"), "png", C2paJudge(most_bytes=most_bytes)) == PRESENT


class FullDisk(io.BytesIO):
    """The first bytes find room; whatever comes then does not, at the end neither."""

    def write(self, piece: Any) -> int:
        if self.tell() > 2000:
            raise OSError("no space left")
        return super().write(piece)

    def close(self) -> None:
        if not self.closed:
            super().close()
            raise OSError("no space left")


def nowhere() -> IO[bytes]:
    raise OSError("read-only file system")


@pytest.mark.parametrize("new_file", [FullDisk, nowhere])
def test_no_room_on_this_machine(new_file: Any) -> None:
    """Then it is not judged, and nothing else is wrong."""
    judge = C2paJudge(new_file=new_file)

    assert found(drawn("png"), "png", judge) == PRESENT


class Stuck(io.BytesIO):
    """A file whose reader waits until it is let go."""

    def __init__(self, go: Event) -> None:
        super().__init__()
        self._go, self.asked = go, Event()

    def seek(self, *place: int) -> int:
        self.asked.set()
        self._go.wait()
        return super().seek(*place)


def test_what_takes_too_long() -> None:
    """A call goes on without its verdict, and later ones do not wait for another."""
    go, files = Event(), []

    def new_file() -> IO[bytes]:
        files.append(Stuck(go))
        return files[-1]

    judge = C2paJudge(within_s=0.01, new_file=new_file)
    try:
        assert found(drawn("png"), "png", judge) == PRESENT
        assert found(drawn("png"), "png", judge) == PRESENT
        assert len(files) == 1
    finally:
        go.set()


def test_one_at_a_time() -> None:
    """While a picture is judged others wait a moment, and then go without; not for ever."""
    go = Event()
    stuck = Stuck(go)
    files = [stuck, io.BytesIO(), io.BytesIO()]
    made = iter(files)
    judge = C2paJudge(within_s=60, new_file=lambda: next(made))
    first = Thread(target=found, args=(drawn("png"), "png", judge))
    first.start()
    try:
        assert stuck.asked.wait(60)
        judge._within_s = 0.01
        assert found(drawn("png"), "png", judge) == PRESENT
        assert files[1].closed
    finally:
        go.set()
        first.join()
    judge._within_s = 60

    assert found(drawn("png"), "png", judge) == VALID


def pointing_to(url: str) -> bytes:
    """A picture that only says where its manifest lies."""
    chain, out = signing_chain(), io.BytesIO()
    info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain.certificates, chain.key, None)
    context = c2pa.Context(c2pa.Settings.from_dict(UNVERIFIED), c2pa.Signer.from_info(info))
    with c2pa.Builder({"claim_generator_info": [{"name": "x"}]}, context) as builder:
        builder.set_no_embed()
        builder.set_remote_url(url)
        builder.sign("image/png", io.BytesIO(drawn("png", signed=False)), out)
    return out.getvalue()


def test_nothing_is_fetched() -> None:
    """A manifest that lies elsewhere is not asked for: no picture makes the app call anybody."""
    with scripted_server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as server:
        picture = pointing_to(f"{server.url}/manifest")
        assert found(picture, "png") == Provenance(c2pa="absent")
        with closing(C2paJudge().copy()) as copy:
            copy.write(picture)
            copy.judged("image/png")
        assert server.requests == []

        with pytest.raises(c2pa.C2paError):
            c2pa.Reader("image/png", io.BytesIO(picture))
        assert len(server.requests) == 1


def test_loaded_with_the_first_picture() -> None:
    """The start of the app does not pay for the library."""
    program = (
        "import sys, shared.services as s; from shared.adapters.c2pa_judge import C2paJudge;"
        "C2paJudge().copy(); assert 'c2pa' not in sys.modules and s"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_nothing_is_left_behind() -> None:
    """What was kept aside is gone with the verdict, and with a call that broke off."""
    files: list[IO[bytes]] = []

    def new_file() -> IO[bytes]:
        files.append(TemporaryFile())  # noqa: SIM115 - the judge closes it, which is the point
        return files[-1]

    judge = C2paJudge(new_file=new_file)
    assert found(drawn("png"), "png", judge) == VALID
    assert found(drawn("jpeg", signed=False), "jpeg", judge).c2pa == "absent"
    with closing(judge.copy()) as copy:
        copy.write(drawn("png")[:3000])

    assert [file.closed for file in files] == [True] * 3
