"""One benchmark's figures, out of what the processes measured."""

from __future__ import annotations

import statistics
from typing import Dict, List, NamedTuple, Optional

Sample = Dict[str, object]

# What begins with the floor, on either engine, and is told without it.
BEYOND_FLOOR = ("import_graph",)


class Figure(NamedTuple):
    """One benchmark on both engines and by hand.

    Attributes:
        name: The benchmark's.
        upstream: Medians over the rounds, `{"wall_us", "cpu_us"}`, or `{"error"}`.
        ours: The same.
        floor: The same, of the program by hand; None where there is none.
        spreads: By key, how far the ratio in a round was off at most, as a part of the median's.
    """

    name: str
    upstream: Sample
    ours: Sample
    floor: Optional[Sample]
    spreads: Dict[str, float]

    @classmethod
    def of(
        cls, name: str, upstream: List[Sample], ours: List[Sample], floor: List[Sample]
    ) -> Figure:
        """Sum up the samples of all rounds."""
        if name in BEYOND_FLOOR:
            upstream, ours = _beyond(upstream, floor), _beyond(ours, floor)
        by_hand = None if any("absent" in each for each in floor) else _median(floor)
        figure = cls(name, _median(upstream), _median(ours), by_hand, {})
        if not figure.error:
            for key in ("wall_us", "cpu_us"):
                middle = figure.ratio(key)
                ratios = [_number(a[key]) / _number(b[key]) for a, b in zip(upstream, ours)]
                figure.spreads[key] = max(abs(ratio / middle - 1) for ratio in ratios)
        return figure

    @property
    def error(self) -> str:
        """What went wrong, if something did."""
        floor = self.floor or {}
        return str(self.upstream.get("error") or self.ours.get("error") or floor.get("error") or "")

    def ratio(self, key: str) -> float:
        """How many times upstream's time is ours."""
        return _number(self.upstream[key]) / _number(self.ours[key])


def _beyond(samples: List[Sample], floor: List[Sample]) -> List[Sample]:
    """What each round's sample has more than that round's floor."""
    return [
        sample
        if "error" in sample or "error" in under
        else {key: _number(sample[key]) - _number(under[key]) for key in ("wall_us", "cpu_us")}
        for sample, under in zip(samples, floor)
    ]


def _median(samples: List[Sample]) -> Sample:
    errors = [sample["error"] for sample in samples if "error" in sample]
    if errors or not samples:
        return {"error": errors[0] if errors else "the process ended before it"}
    return {
        key: statistics.median(_number(sample[key]) for sample in samples)
        for key in ("wall_us", "cpu_us")
    }


def _number(value: object) -> float:
    return max(float(value), 1e-3)  # type: ignore[arg-type]
