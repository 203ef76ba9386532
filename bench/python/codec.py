"""Speed of the codec in Python beside its peers, in one process: `python bench/python/codec.py --help`."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from typing import Any, Literal, get_args

from contenders import ALL, Side

SIZES = {"16 B": 16, "125 B": 125, "1 KiB": 1024, "16 KiB": 16 * 1024, "1 MiB": 1024 * 1024}
Kind = Literal["binary", "text", "wide text"]
READ = 64 * 1024
"""Octets of a read, as asyncio's are at most."""
ENOUGH = 300_000
"""Nanoseconds that a sample takes at least: more than the clock costs."""

Sample = Callable[[], int]
"""Works through some messages; tells how many."""


def payload(kind: Kind, size: int) -> bytes:
    unit = {"binary": b"\x00\x01\xfe\xff", "text": b"text", "wide text": "é漢".encode()}[kind]
    whole = size // len(unit) * len(unit)
    return unit * (size // len(unit)) + b"a" * (size - whole)


def masked(kind: Kind, data: bytes) -> bytes:
    key = b"\x37\xfa\x21\x3d"
    size = len(data)
    head = bytes([0x82 if kind == "binary" else 0x81])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += b"\xfe" + size.to_bytes(2)
    else:
        head += b"\xff" + size.to_bytes(8)
    stretched = (key * (size // 4 + 1))[:size]
    return head + key + (int.from_bytes(data) ^ int.from_bytes(stretched)).to_bytes(size)


def parse(kind: Kind, packed: bool, contender: Any, size: int) -> Sample:
    """One frame a read, or as many as there are in 64 KiB (a larger one in several reads)."""
    frame = masked(kind, payload(kind, size))
    count = max(1, READ // len(frame)) if packed else 1
    wire = memoryview(frame * count)
    step = READ if packed else len(wire)
    reads = [wire[start : start + step] for start in range(0, len(wire), step)]
    take = contender.taker(kind != "binary")

    def sample() -> int:
        taken = 0
        for at, read in enumerate(reads):
            contender.expected = count if at == len(reads) - 1 else 0
            taken += take(read)
        assert taken == count, f"{contender.name} took {taken} of {count}"
        return count

    return sample


def encode(side: Side, kind: Kind, contender: Any, size: int) -> Sample:
    data = payload(kind, size)
    message = data if kind == "binary" else data.decode()
    send = contender.sender(side, kind != "binary")

    def sample() -> int:
        send(message)
        return 1

    return sample


def jobs(kinds: list[Kind]) -> Iterator[tuple[str, Callable[[Any, int], Sample]]]:
    for kind in kinds:
        for packed in (True, False):
            how = "packed in reads of 64 KiB" if packed else "one frame a read"
            name = f"Parse masked frames, {kind}, {how}"
            yield name, partial(parse, kind, packed)
    for side in get_args(Side):
        for kind in kinds:
            name = f"Encode {kind} as {side}"
            yield name, partial(encode, side, kind)


def measure(samples: list[Sample], rounds: int) -> list[float]:
    """Nanoseconds of CPU a message, the best of all rounds; the contenders take turns."""
    clock = time.thread_time_ns
    repeats = []
    for sample in samples:
        start, times = clock(), 0
        while clock() - start < ENOUGH:
            sample()
            times += 1
        repeats.append(times)
    best = [float("inf")] * len(samples)
    for _ in range(rounds):
        for at, sample in enumerate(samples):
            # What the contender before has left in the caches, and taken from the allocator, is not this one's fault.
            sample()
            start = clock()
            messages = 0
            for _ in range(repeats[at]):
                messages += sample()
            best[at] = min(best[at], (clock() - start) / messages)
    return best


def number(ns: float) -> str:
    return f"{ns:.0f}" if ns < 10_000 else f"{ns / 1000:.1f} k"


def table(name: str, job: Callable[[Any, int], Sample], sizes: dict[str, int], who: list[Any], rounds: int) -> None:
    columns = [measure([job(contender, size) for contender in who], rounds) for size in sizes.values()]
    print(f"\n### {name}: ns a message (× wsproof)\n")
    print("| | " + " | ".join(sizes) + " |\n|---|" + "--:|" * len(sizes))
    for at, contender in enumerate(who):
        cells = [number(column[at]) + ("" if at == 0 else f" ({column[at] / column[0]:.2f}×)") for column in columns]
        title = f"**{contender.name}**" if at == 0 else contender.name
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="samples of each cell, of which the best counts")
    parser.add_argument("--only", default="", help="run the tables whose title has this text")
    parser.add_argument("--size", action="append", choices=SIZES, help="measure these sizes only")
    parser.add_argument("--wide", action="store_true", help="also text of two and three octets a character")
    chosen = parser.parse_args()
    kinds: list[Kind] = ["binary", "text", *(["wide text"] if chosen.wide else [])]  # type: ignore[list-item]
    sizes = {name: size for name, size in SIZES.items() if not chosen.size or name in chosen.size}
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("wsproof", "picows", "aiohttp", "websockets", "wsproto")
    )
    print(f"{platform.python_implementation()} {sys.version.split()[0]}; {versions}; best of {chosen.rounds}.")
    for name, job in jobs(kinds):
        if chosen.only in name:
            table(name, job, sizes, ALL, chosen.rounds)


if __name__ == "__main__":
    asyncio.run(main())
