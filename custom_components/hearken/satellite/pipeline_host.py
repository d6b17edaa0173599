"""What running pipelines needs of the entity of a satellite."""

from collections.abc import AsyncIterable
from typing import Protocol

from homeassistant.components.assist_pipeline.pipeline import PipelineStage


class PipelineHost(Protocol):
    """The entity for which pipelines run."""

    entity_id: str

    @property
    def device_id(self) -> str | None:
        """Return the device of the satellite."""

    @property
    def sensitivity(self) -> str | None:
        """Return how soon the end of a command is detected."""

    def on_turn_changed(self) -> None:
        """Handle that others may use the satellite now."""

    def pipeline_id(self) -> str | None:
        """Return the pipeline of the assistant in charge, None for the preferred."""

    async def async_accept_pipeline_from_satellite(
        self,
        audio_stream: AsyncIterable[bytes],
        start_stage: PipelineStage,
        end_stage: PipelineStage,
        wake_word_phrase: str | None,
    ) -> None:
        """Run the pipeline."""
