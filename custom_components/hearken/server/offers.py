"""Which speech model would be better. Knows no Home Assistant."""

from collections.abc import Iterable

from ..client.status import ServerModel
from ..languages import speech_language


def better_model(
    models: Iterable[ServerModel], in_use: str | None, languages: Iterable[str]
) -> ServerModel | None:
    """Return the best model that the server can use, if it is better than this one.

    A model that does not know the languages is worse than any that does. One that the
    owner made is left alone: nobody knows how good it is.
    """
    languages = [speech_language(language) for language in languages]
    known = {model.name: model for model in models}
    present = known.get(in_use or "")
    if present is None or present.rank is None:
        return None
    rank = present.rank if present.speaks(languages) else 0
    offers = [
        model
        for model in known.values()
        if model.rank is not None
        and model.rank > rank
        and model.is_affordable
        and model.speaks(languages)
        and model is not present
    ]
    return max(offers, key=lambda model: model.rank or 0, default=None)
