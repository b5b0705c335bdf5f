"""The benchmarks measure what they say, and the bounds among them hold."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.bench import write_rows
from dev.benchmarks.cold_start import alternating_medians_s
from dev.benchmarks.large_answers import (
    HEIGHT_PX,
    IMAGES,
    LARGE,
    SMALL,
    WIDTH_PX,
    LargeAnswers,
    answer,
    large_answers,
)
from dev.benchmarks.memory import rise_images
from dev.benchmarks.row import Failed, Row
from dev.host_settings import child_environment
from dev.storage import make_containers_and_queues
from shared.domain.pictures import Picture, read_header


@pytest.fixture(scope="module")
def server() -> Iterator[LargeAnswers]:
    """
    Answers as large as they come.
    """
    with large_answers() as server:
        yield server


def test_the_answer_is_one_document_of_ten_large_images(server: LargeAnswers) -> None:
    """What is measured is what the model would send: its form, its number, its size."""
    document = json.loads(b"".join(answer(server.texts[LARGE])))
    assert [base64.b64decode(one["b64_json"]) for one in document["data"]] == (
        [server.image] * IMAGES
    )
    assert read_header(server.image) == Picture("image/png", WIDTH_PX, HEIGHT_PX)
    assert len(server.image) > 15_000_000
    assert len(json.loads(b"".join(answer(server.texts[SMALL])))["data"]) == 1


def test_ten_largest_images_need_the_memory_of_less_than_three(
    server: LargeAnswers, storage_connection_string: str
) -> None:
    """180 MB through a worker's whole way into storage, by what the system counts as its peak."""
    make_containers_and_queues(storage_connection_string)
    assert 0 < rise_images("darkroom", server, storage_connection_string) < 3


def test_other_images_than_were_sent_are_no_figure(
    storage_connection_string: str,
) -> None:
    """Work that was not done is not measured."""
    make_containers_and_queues(storage_connection_string)
    with large_answers() as server, pytest.raises(Failed):
        server.image = b"another"
        rise_images("darkroom", server, storage_connection_string)


def test_programs_take_turns(tmp_path: Path) -> None:
    """One warming round, then the same number of measured runs for each."""
    log = tmp_path / "log"
    programs = [f"open({str(log)!r}, 'a').write({name!r})" for name in ("a", "b")]

    assert len(alternating_medians_s(programs, child_environment({}), runs=2)) == 2
    assert log.read_text() == "ababab"


def test_rows_are_written_as_they_are(tmp_path: Path) -> None:
    """The file has the names that its readers know."""
    row = Row("n", 1.5, "ms", "b", 3.0, 0.5, "why")
    write_rows([row], tmp_path / "bench.json")
    (read,) = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert read == {
        "name": "n",
        "value": 1.5,
        "unit": "ms",
        "baseline": "b",
        "baselineValue": 3.0,
        "ratio": 0.5,
        "note": "why",
    }
