"""All attempts, one after the other, on a broker with two partners."""

from __future__ import annotations

from deploy.embedded import Stack
from tests.partners import administering, speaking, straining
from tests.partners.attempts import Attempt
from tests.partners.scene import scene_on

ATTEMPTS: tuple[Attempt, ...] = (*administering.attempts(), *speaking.ATTEMPTS, *straining.ATTEMPTS)


async def try_all(stack: Stack, attempts: tuple[Attempt, ...] = ATTEMPTS) -> list[str]:
    """The names of the attempts that came through."""
    through = []
    async with scene_on(stack) as scene:
        for attempt in attempts:
            if await attempt.run(scene):
                through.append(attempt.name)
            await scene.leave()
    return through
