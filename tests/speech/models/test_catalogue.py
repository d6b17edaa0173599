"""Test that the catalogue is complete and consistent."""

import json
from importlib import resources

import faster_whisper
import pytest
from faster_whisper.utils import _MODELS as FASTER_WHISPER_MODELS

from hearken_speech.models.catalogue import (
    find_known,
    find_on_hub,
    known_models,
    name_of,
    name_of_folder,
    purpose_of,
)
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL

CATALOGUE = resources.files("hearken_speech.models") / "catalogue.json"


def test_every_model_is_complete() -> None:
    """All fields are present and plausible."""
    names = [model.name for model in known_models()]
    assert len(set(names)) == len(names)
    assert names[0] == EMBEDDED_MODEL
    for model in known_models()[1:]:
        assert model.repo.count("/") == 1
        assert model.rank > 1
        assert model.cost > 1
        assert 0 < model.size_mb < 4_000
        assert model.memory_mb > 100
        assert isinstance(model.offered, bool)


def test_better_models_cost_more_within_a_family() -> None:
    """Ranks follow sizes."""
    for family in ("-int8", ".en", "large"):
        models = [
            m
            for m in known_models()
            if family in m.name and not m.name.startswith("distil")
        ]
        assert len(models) > 2
        costs = [m.cost for m in sorted(models, key=lambda m: m.rank)]
        if family != "large":
            assert costs == sorted(costs)


def test_every_name_of_faster_whisper_is_known() -> None:
    """Each of its names means the same repository as there."""
    for name, repo in FASTER_WHISPER_MODELS.items():
        assert find_known(name).repo == repo, name
    assert set(FASTER_WHISPER_MODELS) == set(faster_whisper.available_models())


def test_the_catalogue_repeats_nothing_that_faster_whisper_knows() -> None:
    """Repositories are given only for models that it does not know by name."""
    data = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    named = {model["name"] for model in data["models"] if "repo" not in model}
    others = {model["repo"] for model in data["models"] if "repo" in model}
    assert named <= set(FASTER_WHISPER_MODELS)
    assert not others & set(FASTER_WHISPER_MODELS.values())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Large V3", "large-v3"),
        ("large_v3 ", "large-v3"),
        (" Turbo", "large-v3-turbo"),
        ("LARGE", "large-v3"),
        ("tiny EN", "tiny.en"),
        ("Distil Large v3.5", "distil-large-v3.5"),
        ("systran/Faster-Whisper-Medium.en", "medium.en"),
        ("rhasspy/faster-whisper-base-int8", "base-int8"),
        ("Hearken commands EN", EMBEDDED_MODEL),
    ],
)
def test_people_write_names_as_they_like(text: str, name: str) -> None:
    """Case, blanks and separators do not matter; repositories are names as well."""
    assert find_known(text).name == name
    assert find_on_hub(text).name == name
    assert name_of(text) == name


def test_any_repository_of_the_hub_can_be_named() -> None:
    """Its name is kept as it is; its folder is no folder in a folder."""
    model = find_on_hub(" Somebody/whisper-small.CT2 ")
    assert model.name == model.repo == "Somebody/whisper-small.CT2"
    assert model.folder_name == "Somebody--whisper-small.CT2"
    assert name_of_folder(model.folder_name) == model.name
    assert name_of("my-own ") == "my-own"


@pytest.mark.parametrize(
    "name", ["/share/x", "../x", "a/b/c", "a/", "", "a b/c", "./x"]
)
def test_what_no_repository_is_called(name: str) -> None:
    """Such a name is unknown, and never part of an address."""
    with pytest.raises(UnknownModelError):
        find_on_hub(name)


def test_every_model_says_what_it_is_good_for() -> None:
    """The embedded model does not pretend to be a recognizer for everybody."""
    assert "not a recognizer for everybody" in purpose_of(EMBEDDED_MODEL)
    assert "99 languages" in purpose_of("base-int8")
    assert "en" in purpose_of("tiny.en")
    assert purpose_of("my-own")


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
