"""Whole numbers of 128 bits in arrays: sums and products that are exact, and as quick as arrays are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Digits = npt.NDArray[np.uint32]
Wide = npt.NDArray[np.uint64]

DIGITS = 4
_BITS = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
BYTES = 4 * DIGITS


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
        return _carried(np.add.reduceat(self.digits, starts, axis=axis + 1, dtype=np.uint64))

    def floats(self) -> Floats:
        """The nearest floating-point numbers, to a rounding or two."""
        below = self.digits[-1] >= 2**31
        size = np.where(below, (-self).digits, self.digits) if below.any() else self.digits
        value = size[-1].astype(np.float64)
        for digit in size[-2::-1]:
            value = value * 2.0**32 + digit
        return np.asarray(np.where(below, -value, value))

    def ints(self) -> npt.NDArray[np.object_]:
        """As Python's whole numbers."""
        values = self.digits.astype(object)
        total = sum((values[d] << (32 * d) for d in range(DIGITS)), np.zeros(self.shape, dtype=object))
        return np.asarray(np.where(total >= 2**127, total - 2**128, total), dtype=object)


def wholes(values: Ints) -> Wholes:
    """The numbers of an array of 64 bits."""
    low = values.astype(np.int64).view(np.uint64)
    filled = np.where(values < 0, _LOW, np.uint64(0))
    return Wholes(np.stack([low & _LOW, low >> _BITS, filled, filled]).astype(np.uint32))


def zeros(shape: tuple[int, ...]) -> Wholes:
    """An array of nothing."""
    return Wholes(np.zeros((DIGITS, *shape), dtype=np.uint32))


def join(parts: Sequence[Wholes], axis: int = 0) -> Wholes:
    """Several arrays as one, along a new axis."""
    return Wholes(np.stack([part.digits for part in parts], axis=axis + 1))


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
    return Wholes((digits & _LOW).astype(np.uint32))
