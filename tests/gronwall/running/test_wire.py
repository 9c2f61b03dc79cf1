"""Messages arrive whole, in order, with the files beside them, however they are cut on the way."""

from __future__ import annotations

import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gronwall.canonical import dumps
from gronwall.running import wire

MESSAGES = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(), max_size=3), max_size=6)


def encoded(messages: list) -> bytes:
    return b"".join(wire.HEADER.pack(len(dumps(m).encode())) + dumps(m).encode() for m in messages)


@given(MESSAGES, st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_what_is_cut_anywhere_comes_out_whole(messages, cuts):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        incoming, text, found, at = wire.Incoming(ours), encoded(messages), [], 0
        while at < len(text):
            size = cuts[at % len(cuts)]
            theirs.sendall(text[at : at + size])
            at += size
            found += incoming.messages()
        assert found == messages
        assert not incoming.ended
        theirs.close()
        assert incoming.messages() == []
        assert incoming.ended


@pytest.mark.parametrize("size", [0, 10, 3 << 20])
def test_a_message_is_received_with_its_files(size, tmp_path):
    ours, theirs = socket.socketpair()
    with ours, theirs, open(tmp_path / "beside", "w+") as file:
        sender = threading.Thread(target=wire.send, args=(theirs, {"text": "x" * size}, [file.fileno()]))
        sender.start()
        message, (number,) = wire.receive(ours)
        sender.join()
        assert message == {"text": "x" * size}
        os.write(number, b"seen")
        os.close(number)
        file.seek(0)
        assert file.read() == "seen"
        wire.send(theirs, [1, 2])
        assert wire.receive(ours) == ([1, 2], [])
        theirs.close()
        assert wire.receive(ours) is None


@pytest.mark.parametrize("left", [1, 5, 8, 9])
def test_a_message_that_breaks_off_is_none(left):
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(encoded([{"a": 1}])[:left])
        theirs.close()
        assert wire.receive(ours) is None


def test_a_header_that_comes_in_two_parts_is_one():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        text = encoded([{"a": 1}])
        theirs.sendall(text[:3])
        waiting = []
        receiver = threading.Thread(target=lambda: waiting.append(wire.receive(ours)))
        receiver.start()
        theirs.sendall(text[3:])
        receiver.join(10)
        assert waiting == [({"a": 1}, [])]


def test_what_claims_to_be_longer_than_anything_is_refused():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(wire.LONGEST + 1))
        with pytest.raises(wire.TooLong, match=f"a message of {wire.LONGEST + 1} bytes"):
            wire.Incoming(ours).messages()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(wire.LONGEST))
        assert wire.Incoming(ours).messages() == []


def test_a_channel_that_was_reset_has_ended():
    ours, theirs = socket.socketpair()
    incoming = wire.Incoming(ours)
    ours.close()
    assert incoming.messages() == []
    assert incoming.ended
    theirs.close()
