"""What a re-quantized file says of its tensors' integers."""

from __future__ import annotations

import json


def meanings(model) -> dict[int, dict]:
    """For each tensor whose file says something else the scales and offsets: one, or one for each channel."""
    for entry in model.metadata or []:
        if entry.name == b"bitexact.provenance":
            record = json.loads(bytes(model.buffers[entry.buffer].data))
            found: dict[int, dict] = {}
            for item in record.get("meanings") or []:
                found[item["tensor"]] = unpacked(item, found)
            return found
    return {}


def unpacked(item: dict, earlier: dict[int, dict]) -> dict:
    """The scales and offsets of all channels, which a file states shorter where many are equal."""
    if "like" in item:
        return earlier[item["like"]]
    scales = [item["scales"][place] for place in item["channels"]] if "channels" in item else item["scales"]
    offsets = [scale * item["offsetSteps"] for scale in scales] if "offsetSteps" in item else item["offsets"]
    return {"scales": scales, "offsets": offsets}
