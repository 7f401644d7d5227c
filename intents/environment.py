"""Settings that must stand before rasa, numpy or tensorflow are imported. Import this module first."""

from __future__ import annotations

import logging
import os

_DEFAULTS = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


def prepare() -> None:
    """No telemetry, no GPU, one thread: more would take the cores from the bot and gain nothing on small batches.

    Warnings of Rasa's old dependencies are of no use to an operator; some set filters of their own, so all are caught
    as logs.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
