"""Section 7 of the API contract: voices. The catalogue is the same for every account."""

from __future__ import annotations

from typing import Any

from .ask import Ask
from .wire import Refusal, Response, ok

# name, voice_id, accent, description, age, gender, use case; "" stands for a label that is not there
CATALOGUE = (
    ("Aria", "Ar1aV8oQx2LmN4pT6sYe", "American", "expressive", "middle-aged", "female", "social media"),
    ("Roger", "R0gErk3UbZ7nXw5cJd9f", "American", "confident", "middle-aged", "male", "social media"),
    ("Sarah", "EXAVITQu4vr4xnSDxMaL", "American", "soft", "young", "female", "news"),
    ("Laura", "LaUr4hG6tR2yVb8mKq0w", "American", "upbeat", "young", "female", "social media"),
    ("Charlie", "Ch4rL1eZs5DfPg7uWn3x", "Australian", "natural", "middle-aged", "male", "conversational"),
    ("George", "G30rGeMc9vTq1BkYh6jl", "British", "warm", "middle-aged", "male", "narration"),
    ("Callum", "C4lLumXe2oRw8sHn5pFz", "Transatlantic", "intense", "middle-aged", "male", "characters"),
    ("River", "R1vErAt7yUk3gDm6qLbc", "American", "confident", "middle-aged", "non-binary", "social media"),
    ("Matilda", "M4t1LdaVw0nJx5rZe8ui", "American", "friendly", "middle-aged", "female", "narration"),
    ("Isla", "1sLaPk6hTf2bQs9oMy4d", "Scottish", "calm", "young", "female", "conversational"),
    ("Custom voice 1", "Cu5t0mHx7cWg3lNv8aRz", "", "", "", "", ""),
    ("Arthur", "4rThUrEj5mKd1wYp6tBq", "British", "deep", "old", "male", "narration"),
)
LABELS = ("accent", "description", "age", "gender", "use_case")
UNHEARD = "4rThUrEj5mKd1wYp6tBq"


def shown(row: tuple[str, ...], base_url: str) -> dict[str, Any]:
    """One voice as the API shows it. One of ours has no labels, another no preview."""
    name, voice_id, *labels = row
    preview = None if voice_id == UNHEARD else f"{base_url}/media/voices/{voice_id}.wav"
    return {
        "name": name,
        "labels": {key: value for key, value in zip(LABELS, labels, strict=True) if value},
        "voice_id": voice_id,
        "preview_url": preview,
    }


def listing(ask: Ask) -> Response:
    """6.1."""
    return ok("successfully fetched voice list.", voices=[shown(row, ask.base_url) for row in CATALOGUE])


def get(ask: Ask) -> Response:
    """6.2. The message speaks of a list; 404 for an unknown voice is our choice."""
    for row in CATALOGUE:
        if row[1] == ask.args["voice_id"]:
            return ok("successfully fetched voice list.", voice=shown(row, ask.base_url))
    raise Refusal(404, "voice not found.")
