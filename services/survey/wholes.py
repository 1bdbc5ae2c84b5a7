"""Whole numbers of 128 bits in arrays: sums and products that are exact, and as quick as arrays are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Digits = npt.NDArray[np.uint32]
Wide = npt.NDArray[np.uint64]

DIGITS = 4
_BITS = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
BYTES = 4 * DIGITS
_SAFE_BITS = 62


@dataclass(frozen=True)
class Wholes:
    """An array of whole numbers from -2**127 to 2**127 - 1.

    digits: 4 × shape, in base 2**32, the lowest first, in two's complement.
    """

    digits: Digits

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.digits.shape[1:]

    def __add__(self, other: Wholes) -> Wholes:
        """Element by element."""
        return _carried(self.digits.astype(np.uint64) + other.digits)

    def __sub__(self, other: Wholes) -> Wholes:
        """Element by element."""
        return self + -other

    def __neg__(self) -> Wholes:
        """Element by element."""
        turned = (~self.digits).astype(np.uint64)
        turned[0] += np.uint64(1)
        return _carried(turned)

    def __mul__(self, other: Wholes) -> Wholes:
        """Element by element; what does not fit is lost."""
        left, right = self.digits.astype(np.uint64), other.digits.astype(np.uint64)
        total = np.zeros(np.broadcast_shapes(left.shape, right.shape), dtype=np.uint64)
        for i, j in _pairs(left, right):
            product = left[i] * right[j]
            total[i + j] += product & _LOW
            if i + j + 1 < DIGITS:
                total[i + j + 1] += product >> _BITS
        return _carried(total)

    def __getitem__(self, index: Any) -> Wholes:
        """The part at an index of the array."""
        return Wholes(self.digits[:, *index] if isinstance(index, tuple) else self.digits[:, index])

    def equals(self, other: Wholes) -> bool:
        """Whether all are the same."""
        return self.shape == other.shape and bool((self.digits == other.digits).all())

    def by_group(self, starts: Ints, axis: int = 0) -> Wholes:
        """Sums over an axis, in groups that begin at `starts`; none may be empty."""
        if len(starts) == self.shape[axis]:
            return self
        return _carried(np.add.reduceat(self.digits, starts, axis=axis + 1, dtype=np.uint64))

    def floats(self) -> Floats:
        """The nearest floating-point numbers, to a rounding or two."""
        below = self.digits[-1] >= 2**31
        signed = bool(below.any())
        size = np.where(below, (-self).digits, self.digits) if signed else self.digits
        highest = max((digit for digit in range(DIGITS) if size[digit].any()), default=0)
        value = size[highest].astype(np.float64)
        for digit in size[:highest][::-1]:
            value *= 2.0**32
            value += digit
        return np.asarray(np.where(below, -value, value)) if signed else value

    def ints(self) -> npt.NDArray[np.object_]:
        """As Python's whole numbers."""
        values = self.digits.astype(object)
        total = sum((values[d] << (32 * d) for d in range(DIGITS)), np.zeros(self.shape, dtype=object))
        return np.asarray(np.where(total >= 2**127, total - 2**128, total), dtype=object)


def wholes(values: Ints) -> Wholes:
    """The numbers of an array of 64 bits."""
    low = values.astype(np.int64).view(np.uint64)
    digits = np.empty((DIGITS, *values.shape), dtype=np.uint32)
    digits[0], digits[1], digits[2:] = low & _LOW, low >> _BITS, np.where(values < 0, _LOW, np.uint64(0))
    return Wholes(digits)


def zeros(shape: tuple[int, ...]) -> Wholes:
    """An array of nothing."""
    return Wholes(np.zeros((DIGITS, *shape), dtype=np.uint32))


def join(parts: Sequence[Wholes], axis: int = 0) -> Wholes:
    """Several arrays as one, along a new axis."""
    return Wholes(np.stack([part.digits for part in parts], axis=axis + 1))


def sum_at(parts: Sequence[tuple[Wholes, Ints]], size: int) -> Wholes:
    """The sum of fewer than 2**32 arrays that each fill some places along the second axis.

    The places of each are in order, none twice. size: how many places there are.
    """
    first, _, *rest = parts[0][0].shape
    total = zeros((first, size, *rest))
    # One after the other, because that much fits into the processor's cache.
    for index in range(first):
        wide = np.zeros((DIGITS, size, *rest), dtype=np.uint64)
        for numbers, place in parts:
            if len(place) == size:
                wide += numbers.digits[:, index]
            else:
                wide[:, place] += numbers.digits[:, index]
        total.digits[:, index] = _carried(wide).digits
    return total


def sums_of_products(factors: Sequence[Ints], starts: Ints) -> Wholes:
    """Σ of the product of some arrays of 64 bits over groups of rows that begin at `starts`; none is empty.

    Exact, though products and sums need more than 64 bits: they are cut into parts that do not.
    """
    rows = len(factors[0])
    groups = csr_array((np.ones(rows, dtype=np.int64), np.arange(rows), [*starts, rows]), (len(starts), rows))
    parts = [(factors[0], 0)]
    for factor in factors[1:]:
        room = _SAFE_BITS - _bits(factor)
        parts = [(piece * factor, power + more) for part, power in parts for piece, more in _cut(part, room)]
    room = _SAFE_BITS - rows.bit_length()
    pieces = [(piece, power + more) for part, power in parts for piece, more in _cut(part, room)]
    sums = [_raised(wholes(groups @ piece), power) for piece, power in pieces]
    return sum(sums[1:], sums[0])


def _raised(numbers: Wholes, power: int) -> Wholes:
    """Times a power of 2."""
    if not power:
        return numbers
    digits, bits = divmod(power, 32)
    moved = zeros(numbers.shape)
    moved.digits[digits:] = numbers.digits[: DIGITS - digits]
    return moved * wholes(np.full((1,) * len(numbers.shape), 2**bits))


def _bits(values: Ints) -> int:
    return max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0)))).bit_length()


def _cut(values: Ints, bits: int) -> list[tuple[Ints, int]]:
    """Parts of so many bits, each with the power of 2 that it stands for; only the last can be negative."""
    parts, power = [], 0
    while _bits(values) > bits:
        parts.append((values & (2**bits - 1), power))
        values, power = values >> bits, power + bits
    return [*parts, (values, power)]


def write_wholes(numbers: Wholes) -> bytes:
    """As bytes, 16 a number, the lowest first."""
    return np.moveaxis(numbers.digits, 0, -1).astype("<u4").tobytes()


def read_wholes(data: bytes, shape: tuple[int, ...]) -> Wholes:
    """What `write_wholes` wrote."""
    digits = np.frombuffer(data, dtype="<u4").reshape(*shape, DIGITS)
    return Wholes(np.ascontiguousarray(np.moveaxis(digits, -1, 0), dtype=np.uint32))


def _pairs(left: Wide, right: Wide) -> list[tuple[int, int]]:
    """The digits whose products count; most numbers have no high ones."""
    some = [[digit for digit in range(DIGITS) if side[digit].any()] for side in (left, right)]
    return [(i, j) for i in some[0] for j in some[1] if i + j < DIGITS]


def _carried(digits: Wide) -> Wholes:
    """Digits that may be larger than their base, brought below it."""
    for digit in range(DIGITS - 1):
        digits[digit + 1] += digits[digit] >> _BITS
    return Wholes(digits.astype(np.uint32))
