"""Child processes of the demo: they end with it, also when it is killed with -9."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """One program with its log file."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it; the log of the run before is replaced."""
        self.log, parent = log, os.getpid()

        def tie() -> None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died in between
                os._exit(1)

        with log.open("wb") as output:
            # Its own session, so that Ctrl-C reaches the demo alone, which stops things in order.
            self._process = subprocess.Popen(  # noqa: S603 - own programs, no shell
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=tie,  # noqa: PLW1509 - the demo has one thread
            )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip()[-600:]

    def stop(self) -> None:
        """Ask it to end, then make it end together with what it started."""
        if self.alive:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
