"""What a house does with a text or a spoken command."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from homeassistant.util.color import color_name_to_rgb

from benchmarks.common.wording import words
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.house.rooms import Scene
    from house.api import HomeAssistantApi

_CHUNK_SAMPLES: Final = 1_280
_RUN_SECONDS: Final = 60.0
_DEVICES: Final = frozenset(
    (
        *("light", "fan", "cover", "climate", "media_player", "switch", "lock"),
        *("vacuum", "scene", "script", "todo"),
    )
)
"""Not homeassistant, whose actions call those of a device."""
_SAME: Final = {("fan.turn_on", "percentage"): "fan.set_percentage"}
"""Actions with fields that do the same as another one."""


class Verdict(StrEnum):
    """How what was done compares with what was wanted."""

    DONE = "carried out"
    WRONG = "wrong"
    NOTHING = "not at all"


@dataclass(frozen=True)
class Outcome:
    """What happened."""

    text: str
    calls: tuple[str, ...] = ()
    """Actions with their data, in a fixed order."""
    intent: str = ""
    """The intent and its slots, empty if nothing was understood."""
    answer: str = ""
    """What the house said."""
    asked: bool = False
    """Whether it was done after a question, which was answered with yes."""
    wait_seconds: float | None = None
    """From the last word to the text."""

    def compare(self, wanted: Outcome, action: str = "") -> Verdict:
        """Compare with what was wanted, or with an action that is as good."""
        if not self.calls and not self.intent:
            return Verdict.NOTHING
        # What acts is judged by what it does, everything else by what was understood.
        if wanted.calls or self.calls:
            right = self.calls in {wanted.calls, (action,)}
        else:
            right = wanted.intent == self.intent or wanted.answer == self.answer
        return Verdict.DONE if right else Verdict.WRONG


@dataclass
class Listener:
    """One running house that is spoken or written to."""

    api: HomeAssistantApi
    pipeline_id: str
    device_id: str
    stock_pipeline_id: str
    """The pipeline with Home Assistant's own conversation agent."""
    _calls: list[dict[str, Any]] = field(default_factory=list)

    async def start(self) -> None:
        """Record every action from now on."""

        def called(event: dict[str, Any]) -> None:
            if event["data"]["domain"] in _DEVICES:
                self._calls.append(event["data"])

        await self.api.subscribe(called, "subscribe_events", event_type="call_service")

    async def write(self, text: str) -> Outcome:
        """Give a text to the house, as it is without Hearken."""
        run = _Run(self.api)
        options = self._options("intent") | {"pipeline": self.stock_pipeline_id}
        await run.start(options | {"input": {"text": text}}, self._calls)
        return await self._outcome(run, text)

    async def speak(self, heard: Scene) -> Outcome:
        """Speak to the house in real time, as a browser streams it."""
        run = _Run(self.api)
        await run.start(
            self._options("stt") | {"input": {"sample_rate": SAMPLE_RATE_HZ}},
            self._calls,
        )
        ended = await run.stream(heard)
        outcome = await self._outcome(run, run.text)
        if run.asks and not outcome.calls:
            agreed = await self._agree(run)
            outcome = replace(outcome, calls=agreed.calls, asked=True)
        wait = run.heard_at - ended if run.heard_at else None
        return replace(outcome, wait_seconds=wait)

    async def _agree(self, asking: _Run) -> Outcome:
        """Answer the question of a run with yes."""
        run = _Run(self.api)
        options = self._options("intent") | {
            "conversation_id": asking.conversation_id,
            "input": {"text": "yes"},
        }
        await run.start(options, self._calls)
        return await self._outcome(run, "yes")

    def _options(self, start: str) -> dict[str, Any]:
        """Return the options of a run of the pipeline."""
        return {
            "pipeline": self.pipeline_id,
            "start_stage": start,
            "end_stage": "intent",
            "device_id": self.device_id,
            "conversation_id": None,
        }

    async def _outcome(self, run: _Run, text: str) -> Outcome:
        """Return what a run did, when it has ended."""
        await run.wait()
        # Events of other connections come before the answer to this.
        await self.api.call("get_config")
        calls = tuple(
            sorted({text for call in self._calls for text in _described(call)})
        )
        if not run.understood:
            return Outcome(text, calls, answer=run.answer)
        debug = await self.api.call(
            "conversation/agent/homeassistant/debug",
            sentences=[text],
            device_id=self.device_id,
        )
        (found,) = debug["results"]
        # What only the fuzzy part of Home Assistant understands has no intent here.
        intent = _intent(found) if found else "no exact sentence"
        return Outcome(text, calls, intent, run.answer)


@dataclass
class _Run:
    """One run of the pipeline."""

    api: HomeAssistantApi
    text: str = ""
    understood: bool = False
    answer: str = ""
    heard_at: float | None = None
    asks: bool = False
    conversation_id: str | None = None
    _handler: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, options: dict[str, Any], calls: list[dict[str, Any]]) -> None:
        """Start the run, from which on actions count."""
        calls.clear()
        await self.api.subscribe(self._on_event, "assist_pipeline/run", **options)
        async with asyncio.timeout(_RUN_SECONDS):
            await self._ready.wait()

    async def stream(self, heard: Scene) -> float:
        """Stream until there is a text; return when the last word ended."""
        began = time.monotonic()
        for start in range(0, heard.samples.size, _CHUNK_SAMPLES):
            if self._heard.is_set():
                break
            chunk = heard.samples[start : start + _CHUNK_SAMPLES]
            due = began + (start + chunk.size) / SAMPLE_RATE_HZ
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.api.send_bytes(bytes([self._handler]) + chunk.tobytes())
        if not self._heard.is_set():
            # An empty chunk ends the audio.
            await self.api.send_bytes(bytes([self._handler]))
        return began + heard.end / SAMPLE_RATE_HZ

    async def wait(self) -> None:
        """Wait until the run has ended."""
        async with asyncio.timeout(_RUN_SECONDS):
            await self._over.wait()

    def _on_event(self, event: dict[str, Any]) -> None:
        data = event.get("data") or {}
        match event["type"]:
            case "run-start":
                self._handler = data["runner_data"]["stt_binary_handler_id"] or 0
                self._ready.set()
            case "stt-end":
                self.text = data["stt_output"]["text"]
                self.heard_at = time.monotonic()
                self._heard.set()
            case "intent-end":
                response = data["intent_output"]["response"]
                self.asks = data["intent_output"]["continue_conversation"]
                self.conversation_id = data["intent_output"]["conversation_id"]
                self.understood = response["response_type"] != "error"
                plain = response["speech"].get("plain", {})
                self.answer = plain.get("speech", "")
            case "error" | "run-end":
                self._heard.set()
                if event["type"] == "run-end":
                    self._over.set()


def _described(call: dict[str, Any]) -> Iterator[str]:
    """Yield an action on each of its entities as text, however they were grouped."""
    action, data = f"{call['domain']}.{call['service']}", dict(call["service_data"])
    entities = data.pop("entity_id", [])
    if "color_name" in data:
        data["rgb_color"] = color_name_to_rgb(data.pop("color_name"))
    about = json.dumps(
        {
            key: float(value) if isinstance(value, int) else value
            for key, value in data.items()
        },
        sort_keys=True,
    )
    for entity in [entities] if isinstance(entities, str) else entities or [""]:
        yield f"{_SAME.get((action, *data), action)} {entity} {about}"


def _intent(found: dict[str, Any]) -> str:
    """Return an intent and its slots as text."""
    slots = {
        name: " ".join(words(str(value)))
        for name, value in (found.get("slots") or {}).items()
    }
    name = (found.get("intent") or {}).get("name", "")
    return f"{name} {json.dumps(slots, sort_keys=True)}"
