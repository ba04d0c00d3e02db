"""Opens the chat: `python app.py`. On the first start it reads the built-in corpus."""

import sys
from pathlib import Path

from assistant.errors import AssistantError
from assistant.progress import progress_bar
from assistant.service import Assistant
from assistant.web.app import serve

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Ingest `corpus/` if there are no articles yet, then serve."""
    assistant = Assistant.from_settings()
    if not assistant.has_articles():
        with progress_bar("Reading articles") as on_progress:
            assistant.ingest([str(CORPUS)], on_progress=on_progress)
    serve(assistant, host=assistant.settings.host, port=assistant.settings.port)


if __name__ == "__main__":
    try:
        main()
    except AssistantError as error:
        sys.exit(f"assistant: {error}")
