"""onnxruntime, opened in one place: one thread a run, on the processor, silent about its use."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime

# From 1.32 on it keeps a device id and events to send in the user's cache folder. This is read when
# it is imported; its own `disable_telemetry_events()` comes too late for the folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def open_session(weights: Path) -> "onnxruntime.InferenceSession":
    """Return a session over a model's file.

    Parallelism comes from running inputs side by side. Raises whatever onnxruntime raises, whose
    classes share no base but Exception.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
