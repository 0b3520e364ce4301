from pathlib import Path

import pytest

from castlist.bootstrap import connect_store, read_environment
from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import Device, Devices, DeviceWish
from castlist.domain.egress import PUBLIC_WEB
from castlist.errors import UsageError


def test_defaults_name_local_servers() -> None:
    environment = read_environment({"HOME": "/home/x"})
    assert environment.nats_url == "nats://127.0.0.1:4222"
    assert (environment.s3_endpoint, environment.s3_bucket, environment.s3_secure) == ("127.0.0.1:9000", "castlist", False)
    assert (environment.ack_wait_s, environment.slots, environment.models_folder) == (60.0, 1, None)
    assert (environment.stream_replicas, environment.local_copies_bytes) == (1, 20_000_000_000)


def test_values_are_taken_from_the_environment() -> None:
    environment = read_environment({"CASTLIST_MODELS": "/m", "CASTLIST_SLOTS": "3", "CASTLIST_S3_SECURE": "1", "CASTLIST_CACHE": "/c"})
    assert (environment.models_folder, environment.slots, environment.s3_secure) == (Path("/m"), 3, True)
    assert environment.cache_folder == Path("/c")


def test_a_cluster_and_a_small_disk_are_taken_from_the_environment() -> None:
    environment = read_environment({"CASTLIST_STREAM_REPLICAS": "3", "CASTLIST_LOCAL_COPIES_GB": "1.5"})
    assert (environment.stream_replicas, environment.local_copies_bytes) == (3, 1_500_000_000)


def test_limits_of_decoding_are_taken_from_the_environment() -> None:
    assert read_environment({}).decoding == DecodingLimits()
    found = read_environment({"CASTLIST_DECODER_MEMORY_MB": "900", "CASTLIST_DECODER_STALL_S": "2.5", "CASTLIST_DECODER_TOTAL_S": "60"})
    assert found.decoding == DecodingLimits(memory_mb=900, stall_s=2.5, total_s=60.0)
    with pytest.raises(UsageError, match=r"^CASTLIST_DECODER_STALL_S must be a number above 0, not '0'$"):
        read_environment({"CASTLIST_DECODER_STALL_S": "0"})


def test_devices_are_taken_from_the_environment() -> None:
    assert read_environment({}).devices == Devices(DeviceWish.CPU, None)
    found = read_environment({"CASTLIST_DEVICE": "auto", "CASTLIST_REID_DEVICE": "cuda"})
    assert found.devices == Devices(DeviceWish.AUTO, Device.CUDA)
    with pytest.raises(UsageError, match=r"^CASTLIST_DEVICE must be auto, cpu or cuda, not 'gpu'$"):
        read_environment({"CASTLIST_DEVICE": "gpu"})
    with pytest.raises(UsageError, match=r"^CASTLIST_REID_DEVICE must be cpu or cuda, not 'auto'$"):
        read_environment({"CASTLIST_REID_DEVICE": "auto"})


def test_what_may_be_fetched_from_the_web_is_taken_from_the_environment() -> None:
    assert read_environment({}).egress == PUBLIC_WEB
    assert read_environment({"CASTLIST_FETCH_PORTS": "443,8443"}).egress.ports == (443, 8443)
    with pytest.raises(UsageError) as caught:
        read_environment({"CASTLIST_FETCH_PORTS": "0", "CASTLIST_FETCH_CA_FILE": "/no/such/file"})
    assert str(caught.value) == (
        "CASTLIST_FETCH_CA_FILE: there is no file /no/such/file; CASTLIST_FETCH_PORTS must be ports from 1 to 65535, separated by commas"
    )


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        read_environment({"CASTLIST_SLOTS": "none", "CASTLIST_ACK_WAIT_S": "-1", "CASTLIST_FAILPOINTS": "x"})
    assert str(caught.value).split("; ")[:2] == [
        "CASTLIST_ACK_WAIT_S must be a number above 0, not '-1'",
        "CASTLIST_SLOTS must be a number above 0, not 'none'",
    ]
    assert "CASTLIST_FAILPOINTS must be" in str(caught.value)


def test_missing_credentials_are_named() -> None:
    with pytest.raises(UsageError, match="CASTLIST_S3_ACCESS_KEY"):
        connect_store(read_environment({}))
