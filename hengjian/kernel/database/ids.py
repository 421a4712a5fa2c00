"""UUIDv7 (RFC 9562 5.7): ids sort by time of making, so indexes stay compact; PostgreSQL has its own only from 18."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new id: 48 bits of Unix milliseconds, 74 random bits."""
    value = (time.time_ns() // 1_000_000 & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
