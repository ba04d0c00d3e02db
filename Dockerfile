# The assistant with everything that it needs: nothing is downloaded once the image is there.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/assistant
ENV PATH=/opt/assistant/bin:$PATH
WORKDIR /src
COPY constraints.txt ./
# PyTorch has an index with builds for the CPU alone, named on its page "Get started"; what pip finds
# without it brings gigabytes of CUDA.
ARG TORCH_INDEX=
RUN pip install --no-deps ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} --constraint constraints.txt torch
COPY pyproject.toml README.md LICENSE ./
COPY assistant ./assistant
# The embedding model's export is made here, for at run time there may be no place to write it to.
RUN pip install --constraint constraints.txt '.[openai,ollama,postgres]' \
    && python -c "from pathlib import Path; from assistant.embedding import bundled_folder, exported_model; exported_model(Path('/opt/assistant/cache'), bundled_folder())"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent assistant \
    && install --directory --owner assistant --group assistant /var/lib/talks-assistant
COPY --from=build /opt/assistant /opt/assistant
WORKDIR /app
COPY app.py ./
COPY corpus ./corpus
ENV PATH=/opt/assistant/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    ASSISTANT_HOST=0.0.0.0 \
    ASSISTANT_CACHE=/opt/assistant/cache \
    ASSISTANT_INDEX=/var/lib/talks-assistant/index
USER 10001:10001
# All that is written: the index, feedback, uploads. The rest may be read-only, but for /tmp.
VOLUME /var/lib/talks-assistant
EXPOSE 7860
# As Ctrl+C: heard even before the server has begun to listen for signals of its own.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
