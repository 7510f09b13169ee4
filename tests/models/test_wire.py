"""What crosses the process boundary is checked on arrival."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import wire
from models.parts import Message, Role

REQUEST = wire.Generate(3, (Message.of(Role.USER, "hi"),), wire.Sampling(seed=1), stop=("x",))


def test_requests_and_events_come_back_as_they_were() -> None:
    assert wire.unpack_request(wire.pack(REQUEST)) == REQUEST
    event = wire.Started(3, wire.Ledger(1, 2, anew=True))
    assert wire.unpack_event(wire.pack(event)) == event


def test_a_request_is_not_an_event() -> None:
    with pytest.raises(msgspec.ValidationError):
        wire.unpack_event(wire.pack(REQUEST))


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, msgspec.ValidationError)):
        wire.unpack_event(noise)
