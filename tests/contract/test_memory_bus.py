import pytest

from castlist.adapters.memory_bus import MemoryBus
from tests.contract.message_bus_contract import MAX_DELIVER, MAX_IN_FLIGHT, MessageBusContract, job

__all__ = ["job"]


class TestMemoryBus(MessageBusContract):
    ack_wait_s = 0.4

    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus(ack_wait_s=self.ack_wait_s, max_deliver=MAX_DELIVER, max_in_flight=MAX_IN_FLIGHT)
