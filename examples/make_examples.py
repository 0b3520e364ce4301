"""Make the example videos from `vtest.avi`: python examples/make_examples.py path/to/vtest.avi

One encoder thread and no times or versions in the container: the same packages write the same bytes.
"""

import argparse
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av

FRAME_RATE = 10
KEYFRAME_INTERVAL_FRAMES = 50
CLIP_FRAMES = 150
ENCODER = {
    "crf": "32",
    "preset": "slower",
    "tune": "film",
    "threads": "1",
    "x264-params": f"keyint={KEYFRAME_INTERVAL_FRAMES}:min-keyint={KEYFRAME_INTERVAL_FRAMES}:scenecut=0:open-gop=0",
}


def decoded_frames(source: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(source)) as container:
        yield from container.decode(video=0)


def encode(frames: Iterator[av.VideoFrame], target: Path) -> int:
    """Write frames at 10 a second as H.264 in MP4, index first; returns how many."""
    count = 0
    with av.open(str(target), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        stream = None
        for count, frame in enumerate(frames, start=1):
            if stream is None:
                stream = container.add_stream("libx264", rate=FRAME_RATE, options=ENCODER)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
            plain = frame.reformat(format="yuv420p")
            plain.pts, plain.time_base = count - 1, Fraction(1, FRAME_RATE)
            plain.pict_type = av.video.frame.PictureType.NONE  # else the source's keyframes are kept
            container.mux(stream.encode(plain))
        if stream is not None:
            container.mux(stream.encode(None))
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="vtest.avi of OpenCV's samples")
    source: Path = parser.parse_args().source
    folder = Path(__file__).parent
    for name, limit in (("campus.mp4", None), ("campus-clip.mp4", CLIP_FRAMES)):
        count = encode(islice(decoded_frames(source), limit), folder / name)
        print(f"{name}: {count} frames, {(folder / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
