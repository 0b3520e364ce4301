import numpy as np
import pytest

from services.detector.video import thumbnails
from services.detector.video.thumbnails import SegmentThumbnails, thumbnail_size


@pytest.mark.parametrize(
    ("video", "thumbnail"),
    [
        ((768, 576), (64, 48)),
        ((1920, 1080), (64, 36)),
        ((1080, 1920), (36, 64)),
        ((8192, 100), (64, 8)),
        ((3, 3), (64, 64)),
    ],
)
def test_the_longer_side_is_64(video, thumbnail):
    assert thumbnail_size(*video) == thumbnail


def test_a_thumbnail_is_the_mean_of_what_it_covers():
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, 320:] = (255, 0, 0)  # blue
    segment = SegmentThumbnails()
    segment.add(picture)
    part = segment.taken()
    assert (part.luma.shape, part.chroma.shape) == ((1, 36, 64), (1, 2, 9, 16))
    assert np.unique(part.luma[0, :, :32]).tolist() == [0]
    assert np.unique(part.luma[0, :, 32:]).tolist() == [29]  # 0.114 of 255
    assert np.unique(part.chroma[0, :, :, :8]).tolist() == [128]
    assert (part.chroma[0, 0, :, 8:] < 128).all()
    assert (part.chroma[0, 1, :, 8:] == 255).all()


def test_parts_are_bounded(monkeypatch):
    monkeypatch.setattr(thumbnails, "PART_FRAMES", 3)
    segment = SegmentThumbnails()
    for number in range(3):
        assert not segment.is_full
        segment.add(np.full((90, 160, 3), number, np.uint8))
    assert segment.is_full
    assert segment.taken().luma[:, 0, 0].tolist() == [0, 1, 2]
    assert len(segment) == 0


def test_frames_that_wait_for_others_make_the_same_thumbnails():
    frames = np.random.default_rng(0).integers(0, 255, (21, 45, 80, 3), np.uint8)
    together, alone = SegmentThumbnails(), SegmentThumbnails()
    parts = []
    for frame in frames:
        together.add(frame)
        alone.add(frame)
        parts.append(alone.taken())
    whole = together.taken()
    assert np.array_equal(whole.luma, np.concatenate([part.luma for part in parts]))
    assert np.array_equal(whole.chroma, np.concatenate([part.chroma for part in parts]))
    assert len(whole.luma) == len(frames)
