"""Selection of a better speech model. Independent of Home Assistant."""

from collections.abc import Iterable

from ..client.status import ServerModel
from ..languages import speech_language


def better_model(
    models: Iterable[ServerModel], in_use: str | None, languages: Iterable[str]
) -> ServerModel | None:
    """Return the best model that the server can use if it is better than the current.

    A model that does not support the languages ranks below all that do. A model that
    the owner added has no rank, so nothing is offered in its place.
    """
    languages = [speech_language(language) for language in languages]
    known = {model.name: model for model in models}
    present = known.get(in_use or "")
    if present is None or present.rank is None:
        return None
    rank = present.rank if present.supports(languages) else 0
    offers = [
        model
        for model in known.values()
        if model.rank is not None
        and model.rank > rank
        and model.is_affordable
        and model.supports(languages)
        and model is not present
    ]
    return max(offers, key=lambda model: model.rank or 0, default=None)
