"""Sounds made by arithmetic: a recording of ring tones and two humming voices, and a short tune for each voice."""

from __future__ import annotations

import io
import math
import wave
from functools import lru_cache
from random import Random

RATE = 8000
LONGEST = 110
SCALE = (196.0, 220.0, 261.6, 293.7, 329.6, 392.0, 440.0, 523.3)


def _tone(pitches: tuple[float, ...], seconds: float, loudness: float = 0.5) -> bytes:
    """A soft chord that swells and fades: 8-bit samples, silence is 128."""
    count = int(RATE * seconds)
    samples = bytearray(count)
    edge = max(int(count * 0.2), 1)
    for place in range(count):
        swell = min(place / edge, (count - place) / edge, 1.0)
        wavy = sum(math.sin(2 * math.pi * pitch * place / RATE) for pitch in pitches) / len(pitches)
        samples[place] = 128 + int(110 * loudness * swell * wavy)
    return bytes(samples)


def _silence(seconds: float) -> bytes:
    return b"\x80" * int(RATE * seconds)


def _wav(samples: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(samples)
    return out.getvalue()


@lru_cache(maxsize=24)
def recording(sid: str, seconds: int) -> bytes:
    """The recording of a call as WAV, ``seconds`` long (at most 110): two voices taking turns. Same sid, same sound."""
    chance = Random(sid)
    agent = [_tone((pitch, pitch * 1.5), 0.36, 0.45) for pitch in chance.sample(SCALE[3:], 3)]
    person = [_tone((pitch / 2, pitch * 0.75), 0.3, 0.4) for pitch in chance.sample(SCALE[:5], 3)]
    length = max(min(seconds, LONGEST), 1) * RATE
    parts, have = [_silence(0.3)], int(RATE * 0.3)
    while have < length:
        for side in (agent, person):
            turn = b"".join(chance.choice(side) for _ in range(chance.randint(3, 8))) + _silence(0.4)
            parts.append(turn)
            have += len(turn)
    return _wav(b"".join(parts)[:length])


@lru_cache(maxsize=64)
def preview(voice_id: str) -> bytes:
    """The tune by which one knows a voice: about two seconds of WAV, its own for each id."""
    chance = Random(voice_id)
    factor = chance.choice((0.5, 0.75, 1.0, 1.25))
    notes = [chance.choice(SCALE) * factor for _ in range(5)]
    return _wav(b"".join(_tone((note, note * 2, note * 1.5), 0.38) for note in notes) + _silence(0.1))
