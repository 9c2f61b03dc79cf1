"""Messages between the processes of a run: JSON over a Unix socket, with open files beside it where they are needed."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

from gronwall.canonical import dumps

HEADER = struct.Struct("!Q")
LONGEST = 1 << 30
"""Bytes of a message, at most."""


class TooLong(Exception):
    """A message is longer than anything that the tool sends."""


def send(channel: socket.socket, message: Any, files: Sequence[int] = ()) -> None:
    """Send a message, and open files for the other side to have as well."""
    body = dumps(message).encode()
    header = HEADER.pack(len(body))
    if files:
        socket.send_fds(channel, [header], list(files))
        channel.sendall(body)
    else:
        channel.sendall(header + body)


def receive(channel: socket.socket) -> tuple[Any, list[int]] | None:
    """Wait for a message and the files beside it; None where the other side has ended."""
    header, files, _, _ = socket.recv_fds(channel, HEADER.size, 4)
    while header and len(header) < HEADER.size:
        more = channel.recv(HEADER.size - len(header))
        header = header + more if more else b""
    if not header:
        return None
    left, parts = HEADER.unpack(header)[0], []
    while left:
        part = channel.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts)), list(files)


class Incoming:
    """What arrives at a channel that nobody waits for: messages, as they become whole."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self.channel = channel
        self.ended = False
        self._kept = bytearray()

    def messages(self) -> list[Any]:
        """The messages that have arrived; ``ended`` says that no more will. Raises :class:`TooLong`."""
        while not self.ended:
            try:
                part = self.channel.recv(1 << 20)
            except BlockingIOError:
                break
            except OSError:
                part = b""
            self.ended = not part
            self._kept += part
        found = []
        while len(self._kept) >= HEADER.size:
            (size,) = HEADER.unpack_from(self._kept)
            if size > LONGEST:
                raise TooLong(f"a message of {size} bytes")
            if len(self._kept) < HEADER.size + size:
                break
            found.append(json.loads(bytes(self._kept[HEADER.size : HEADER.size + size])))
            del self._kept[: HEADER.size + size]
        return found
