"""The API's document says what the API does: Schemathesis asks whatever the document allows."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.ingest import is_url
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import IngestReport
from tests.conftest import CORPUS, FOUR
from tests.web.conftest import served

# Which of the requests that the document allows are accepted is for `test_api.py`: no schema says
# that a question has a word in it, or that an end comes after a start.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
# Its own list of how what is wrong may be refused lacks 413, which is right for what is too large.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
"""
MAX_EXAMPLES = 5


class Offline(Assistant):
    """Fetches nothing, since any address may be among those that are made up."""

    def ingest(self, inputs: Sequence[str], **options: Any) -> IngestReport:
        return super().ingest([given for given in inputs if not is_url(given)], **options)


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = tmp_path_factory.mktemp("openapi") / "index"
    rate = "1000000/minute"
    assistant = Offline.from_settings(
        Settings(index=index, default_role="admin", person_rate=rate, address_rate=rate)
    )
    assistant.ingest([str(CORPUS / name) for name in FOUR])
    with served(assistant) as url:
        yield f"{url}/api/v1"


@pytest.mark.slow
def test_whatever_is_asked_the_answer_is_a_documented_one(api_url: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    asked = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{api_url}/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--max-examples", str(MAX_EXAMPLES), "--seed", "1", "--generation-database", "none"),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"),
    ]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"([1-9]\d+) generated, \1 passed", done.stdout), done.stdout
