"""Files that editors upload: received within limits, and kept where nothing else is overwritten.

Each editor has a folder, and in it a file has the name it came with: the same name again is the
same article.
"""

import filecmp
import hashlib
import logging
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from assistant.articles import MB, find_files
from assistant.settings import Settings
from assistant.web.problems import RefusedError

MAX_FILES = 50
FIELD = "files"
MAX_NAME_CHARS = 100  # at four bytes each still a name that every file system takes
_NEVER_IN_NAMES = frozenset('/\\:*?"<>|')

logger = logging.getLogger(__name__)


def uploads_folder(settings: Settings) -> Path:
    """Return where uploads are kept: as set, or beside the index, which may be made anew."""
    index = settings.index.absolute()
    return (settings.uploads or index.with_name(f"{index.name}-uploads")).absolute()


@asynccontextmanager
async def received(request: Request, *, max_mb: float) -> AsyncIterator[list[UploadFile]]:
    """Give the files of a multipart request, which are gone afterwards.

    Raises RefusedError for another kind of request, and as soon as a file is too large.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Files are sent as multipart/form-data.",
            hint=f"Send one or more fields named {FIELD}.",
        )
    try:
        form = await _Parser(request, max_mb=max_mb).parse()
    except MultiPartException as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message) from error
    try:
        files = [file for file in form.getlist(FIELD) if isinstance(file, UploadFile)]
        if not files or len(files) != len(form.multi_items()):
            raise RefusedError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"Every field must be a file and be named {FIELD}, and there must be one or more.",
            )
        yield files
    finally:
        await form.close()


class Uploads:
    """The uploaded files of one server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._placing = threading.Lock()

    def of(self, subject: str) -> Path:
        """Return one editor's folder; nobody in particular has one too."""
        return self.folder / hashlib.sha256(subject.encode(errors="replace")).hexdigest()[:16]

    def keep(self, files: Sequence[UploadFile], *, subject: str, replacing: bool) -> list[Path]:
        """Put all of an editor's files where they stay, or none; return where that is.

        Raises RefusedError for a name that cannot be kept, a suffix that no article has, and,
        unless `replacing`, for a name that another content of theirs has already.
        """
        names = [_checked_name(file.filename or "") for file in files]
        if len({name.casefold() for name in names}) < len(names):
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "Two files have the same name.")
        folder = self.of(subject)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming:
                came = [Path(incoming) / name for name in names]
                for file, path in zip(files, came, strict=True):
                    with path.open("wb") as copy:
                        shutil.copyfileobj(file.file, copy)
                    _check_is_article_file(path)
                with self._placing:
                    if not replacing:
                        _check_is_free(folder, came)
                    return [path.replace(folder / path.name) for path in came]
        except OSError as error:
            logger.exception("Uploaded files could not be kept.")
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The files could not be kept.",
                hint="The server's log says why.",
            ) from error


class _Parser(MultiPartParser):
    """Starlette's, with a limit for the size of each file while it comes in."""

    def __init__(self, request: Request, *, max_mb: float) -> None:
        super().__init__(request.headers, request.stream(), max_files=MAX_FILES, max_fields=0)
        self._max_mb = max_mb
        self._bytes = 0

    def on_part_begin(self) -> None:
        self._bytes = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._bytes += end - start
        if self._bytes > self._max_mb * MB:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A file has more than {self._max_mb:g} MB.",
                hint="Split it into articles.",
            )
        super().on_part_data(data, start, end)


def _checked_name(given: str) -> str:
    """Return the last part of a file's name, if it is one for every system."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    is_plain = name.isprintable() and not _NEVER_IN_NAMES & set(name)
    if not is_plain or name.startswith(".") or not 0 < len(name) <= MAX_NAME_CHARS:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"A file cannot be kept as {name[:MAX_NAME_CHARS]!a}.",
            hint=f"A name has 1 to {MAX_NAME_CHARS} visible characters, no leading dot, and none "
            f"of {' '.join(sorted(_NEVER_IN_NAMES))}",
        )
    return name


def _check_is_article_file(path: Path) -> None:
    _, failures = find_files(path)
    for failure in failures:
        reason = failure.reason.replace(failure.source, path.name)
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)


def _check_is_free(folder: Path, came: Sequence[Path]) -> None:
    for path in came:
        there = folder / path.name
        if there.exists() and not filecmp.cmp(path, there, shallow=False):
            raise RefusedError(
                HTTPStatus.CONFLICT,
                f"You have uploaded another {path.name} before.",
                hint="To put this one in its place, send it with ?replace=true.",
            )
