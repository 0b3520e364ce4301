"""What every message bus must do."""

from tests.contract.log_contract import LogContract, take
from tests.contract.monitoring_contract import MonitoringContract
from tests.contract.queue_contract import BRIEFLY_S, MAX_DELIVER, MAX_IN_FLIGHT, SOON_S, QueueContract, detect, fetch, job

__all__ = ["BRIEFLY_S", "MAX_DELIVER", "MAX_IN_FLIGHT", "SOON_S", "MessageBusContract", "detect", "fetch", "job", "take"]


class MessageBusContract(QueueContract, LogContract, MonitoringContract):
    """A subclass provides `ack_wait_s`, and the `bus` fixture, made with it, `MAX_DELIVER` and `MAX_IN_FLIGHT`."""
