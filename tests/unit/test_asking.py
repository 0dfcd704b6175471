"""A body and a series do the same with the sync and the async methods of what they ask."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Iterator, List

import pytest

from langgraph_rust.pregel._ask import Ask, Body, Each, Series, aanswered, aeach, answered, each


class Asked:
    def half(self, number: int) -> int:
        if number % 2:
            raise ValueError(number)
        return number // 2

    async def ahalf(self, number: int) -> int:
        return self.half(number)

    def down(self, number: int) -> Iterator[int]:
        yield from range(number, 0, -1)

    async def adown(self, number: int) -> AsyncIterator[int]:
        for each_number in self.down(number):
            yield each_number


ASKED = Asked()


def halves(number: int) -> Series[Any]:
    while number:
        yield number
        try:
            number = yield Ask(ASKED, "half", number)
        except ValueError as error:
            yield f"odd {error}"
            break
    yield Each(ASKED, "down", 2)
    yield "end"


def quarter(number: int) -> Body[int]:
    number = yield Ask(ASKED, "half", number)
    return (yield Ask(ASKED, "half", number))


def both(number: int) -> List[Any]:
    async def collect() -> List[Any]:
        return [item async for item in aeach(halves(number))]

    given = list(each(halves(number)))
    assert asyncio.run(collect()) == given
    return given


def test_a_series_gives_what_it_yields_and_what_others_do() -> None:
    assert both(12) == [12, 6, 3, "odd 3", 2, 1, "end"]
    assert both(0) == [2, 1, "end"]


def test_a_series_asks_no_earlier_than_it_is_iterated() -> None:
    asked = []

    def series() -> Series[int]:
        asked.append("first")
        yield 1
        asked.append("second")
        yield 2

    given = each(series())
    assert asked == []
    assert next(given) == 1
    assert asked == ["first"]
    assert list(given) == [2]
    assert asked == ["first", "second"]


def test_a_body_gives_its_answer_or_the_error_of_what_it_asked() -> None:
    assert answered(quarter(8)) == asyncio.run(aanswered(quarter(8))) == 2
    with pytest.raises(ValueError):
        answered(quarter(6))
    with pytest.raises(ValueError):
        asyncio.run(aanswered(quarter(6)))
