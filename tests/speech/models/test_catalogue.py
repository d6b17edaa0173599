"""Test that the catalogue is complete and consistent."""

import faster_whisper
import pytest

from hearken_speech.models.catalogue import find_known, known_models
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL


def test_every_model_is_complete() -> None:
    """All fields are present and plausible."""
    names = [model.name for model in known_models()]
    assert len(set(names)) == len(names)
    assert names[0] == EMBEDDED_MODEL
    for model in known_models()[1:]:
        assert model.repo.count("/") == 1
        assert model.rank > 1
        assert model.cost > 1
        assert 0 < model.size_mb < 3_000
        assert model.memory_mb > 100
        assert isinstance(model.prompts, bool)


def test_better_models_cost_more_within_a_family() -> None:
    """Ranks follow sizes."""
    for family in ("-int8", ".en"):
        models = [m for m in known_models() if m.name.endswith(family)]
        costs = [m.cost for m in sorted(models, key=lambda m: m.rank)]
        assert len(models) > 2 or family == ".en"
        if family == "-int8":
            assert costs == sorted(costs)


def test_names_are_those_of_faster_whisper_where_it_has_them() -> None:
    """The same name means the same model as in faster-whisper."""
    known = set(faster_whisper.available_models())
    plain = {m.name for m in known_models()[1:] if not m.name.endswith("-int8")}
    assert plain <= known


def test_languages_of_models() -> None:
    """English-only models are marked; multilingual ones know all languages."""
    assert find_known("base-int8").speaks("de")
    assert find_known("base.en").speaks("en")
    assert not find_known("base.en").speaks("de")
    assert not find_known(EMBEDDED_MODEL).speaks("de")


def test_unknown_model_names_the_known_ones() -> None:
    """The error lists the known models."""
    with pytest.raises(UnknownModelError, match="base-int8"):
        find_known("hugest")
