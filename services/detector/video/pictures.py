"""Decoded frames as upright arrays."""

from typing import Any

import numpy as np
from av.sidedata.sidedata import SideData, SideDataContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray


def upright_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height in pixels as the frame is meant to be seen."""
    return (frame.height, frame.width) if _quarter_turns(frame) % 180 else (frame.width, frame.height)


def upright_bgr(frame: VideoFrame, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """BGR `(height, width, 3)`, turned as the file says; scaled where the stream changed its size on the way."""
    turn = _quarter_turns(frame)
    picture: NDArray[Any] = frame.to_ndarray(format="bgr24", threads=1)
    if _is_mirrored(frame):
        picture = picture[::-1]
    if turn or picture.shape[:2] != (height_px, width_px):
        import cv2  # noqa: PLC0415  a third of the start and of the memory of a process that decodes, and seldom needed

        cv2.setNumThreads(1)
        if turn:
            picture = cv2.rotate(picture, {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}[turn])
        if picture.shape[:2] != (height_px, width_px):
            picture = cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture)  # rows of odd width come padded, mirrored ones from below


def _is_mirrored(frame: VideoFrame) -> bool:
    """Whether the picture is to be turned upside down before it is turned round: the file's matrix mirrors (ISO/IEC 14496-12, 6.2.2)."""
    # `frame.side_data` would refer to the frame, and the frame to it: both stay in memory until Python's collector looks for such circles.
    data = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]  # which its stub leaves out
    if not isinstance(data, SideData):
        return False
    (a, b), (c, d) = np.frombuffer(bytes(data), np.int32).reshape(3, 3)[:2, :2].tolist()
    return bool(a * d < b * c)


def _quarter_turns(frame: VideoFrame) -> int:
    """Degrees counter-clockwise, to the nearest quarter: 0, 90, 180 or 270."""
    return round(frame.rotation / 90) * 90 % 360
