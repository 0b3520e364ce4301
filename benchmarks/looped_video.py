"""A longer video out of a short one."""

from pathlib import Path

import av


def looped(video: Path, times: int, output: Path) -> None:
    """The same packets `times` over, without decoding."""
    with av.open(str(output), "w") as target:
        offset = 0
        stream = None
        for _ in range(times):
            with av.open(str(video)) as source:
                if stream is None:
                    stream = target.add_stream_from_template(source.streams.video[0])
                end = 0
                for packet in source.demux(source.streams.video[0]):
                    if packet.pts is None or packet.dts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                    target.mux(packet)
                offset += end
