"""One model for the whole run: the one in var/models if it is up to date, else one that is trained here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from intents.environment import prepare

prepare()

from intents import train  # noqa: E402
from intents.parsing import Model  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the archive, or the archive itself."""
    os.chdir(ROOT)
    config, data, models = Path("config.yml"), Path("intents/data"), Path("var/models")
    wanted = train.fingerprint(config, data)
    if train.is_up_to_date(models, wanted):
        return ROOT / models
    return train.train(config, data, tmp_path_factory.mktemp("models"), wanted)


@pytest.fixture(scope="session")
def model(model_path: Path) -> Model:
    return Model.load(str(model_path))
