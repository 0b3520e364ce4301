"""MOTChallenge rows and seqinfo.ini, right and wrong."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.codec.motchallenge import MotRows, SequenceInfo, format_rows, parse_detections, parse_rows, parse_sequence_info
from castlist.errors import InputError

SEQINFO = "[Sequence]\nname=PETS09-S2L1\nimDir=img1\nframeRate=7\nseqLength=795\nimWidth=768\nimHeight=576\nimExt=.jpg\n"


def rows(*table):
    columns = np.array(table, np.float64).reshape(-1, 7)
    return MotRows(columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2:6], columns[:, 6])


def test_rows_are_read_zero_based_and_with_corners():
    found = parse_rows("1,9,499,158,31.25,75.5,1,-4.1554,-7.3591,0\n\n 3, -1, 10.5,20,30,40, 0.25\n", "gt.txt")
    assert found.frame_numbers.tolist() == [0, 2]
    assert found.ids.tolist() == [9, -1]
    assert found.boxes.tolist() == [[499, 158, 530.25, 233.5], [10.5, 20, 40.5, 60]]
    assert found.confidences.tolist() == [1, 0.25]


def test_rows_are_written_by_frame_then_id():
    text = format_rows(rows((4, 2, 0, 0, 10, 20, 0.5), (0, 7, 1.256, 2, 11.25, 22, 1), (4, 1, -5, 3, 5, 33, 0.12346)))
    assert text.decode().splitlines() == [
        "1,7,1.26,2.00,9.99,20.00,1.0000,-1,-1,-1",
        "5,1,-5.00,3.00,10.00,30.00,0.1235,-1,-1,-1",
        "5,2,0.00,0.00,10.00,20.00,0.5000,-1,-1,-1",
    ]
    assert text.endswith(b"\n")


def test_many_rows_are_written_like_few():
    count = 70_001  # more than are text at a time
    frames = np.arange(count)[::-1] // 2
    lines = format_rows(MotRows(frames, np.arange(count) % 2, np.tile([1.0, 2.0, 4.0, 8.0], (count, 1)), np.ones(count))).splitlines()
    assert len(lines) == count
    assert lines[0] == b"1,0,1.00,2.00,3.00,6.00,1.0000,-1,-1,-1"
    assert [int(line.split(b",")[0]) for line in lines] == sorted((frames + 1).tolist())


def test_no_rows():
    assert format_rows(rows()) == b""
    empty = parse_rows("", "empty.txt")
    assert empty.boxes.shape == (0, 4)
    assert empty.frame_numbers.dtype == empty.ids.dtype == np.int64


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5000),
            st.integers(1, 99),
            st.integers(-5000, 90_000),
            st.integers(-5000, 90_000),
            st.integers(1, 90_000),
            st.integers(1, 90_000),
            st.integers(0, 10_000),
        ),
        unique_by=lambda row: row[:2],
    )
)
def test_what_is_written_is_read_again(table):
    """Boxes in hundredths of a pixel, confidences in ten thousandths."""
    written = rows(*((f, i, x / 100, y / 100, (x + w) / 100, (y + h) / 100, c / 10_000) for f, i, x, y, w, h, c in sorted(table)))
    read = parse_rows(format_rows(written).decode(), "tracks.txt")
    assert read.frame_numbers.tolist() == written.frame_numbers.tolist()
    assert read.ids.tolist() == written.ids.tolist()
    assert np.allclose(read.boxes, written.boxes, rtol=0, atol=1e-6)
    assert np.allclose(read.confidences, written.confidences, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "1,-1,0,0,10",
            "expected frame,id,x,y,width,height,confidence, found 5 columns in '1,-1,0,0,10'; write at least 7, separated by commas",
        ),
        ("1 -1 0 0 10 20 0.9", "found 1 columns"),
        ("1,-1,0,0,ten,20,0.9", "could not convert string to float: 'ten'; frame,id,x,y,width,height,confidence must all be numbers"),
        ("0,-1,0,0,10,20,0.9", "frame 0 is no whole number from 1; frames count from 1"),
        ("1.5,-1,0,0,10,20,0.9", "frame 1.5 is no whole number from 1"),
        ("1e30,-1,0,0,10,20,0.9", "frame 1e30 is no whole number from 1"),
        ("1,0.5,0,0,10,20,0.9", "id 0.5 is no whole number"),
        ("1,-1,0,0,0,20,0.9", "the box is 0 x 20 pixels; columns 5 and 6 are width and height and must be positive"),
        ("1,-1,nan,0,10,20,0.9", "must be finite, found '1,-1,nan,0,10,20,0.9'; remove the row"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(line, complaint):
    with pytest.raises(InputError) as caught:
        parse_rows(f"1,1,0,0,10,20,1\n{line}\n", "det.txt")
    assert str(caught.value).startswith("det.txt, line 2: ")
    assert complaint in str(caught.value)


def test_detections_want_confidences_in_0_to_1():
    assert parse_detections("1,-1,0,0,10,20,1\n", "det.txt").confidences.tolist() == [1]
    with pytest.raises(InputError, match=r"det.txt, line 1: confidence 43.2 is outside 0..1; rescale the detector's scores"):
        parse_detections("1,-1,0,0,10,20,43.2\n", "det.txt")


def test_seqinfo_is_read():
    assert parse_sequence_info(SEQINFO, "seqinfo.ini") == SequenceInfo("PETS09-S2L1", Fraction(7), 795, 768, 576)
    assert parse_sequence_info(SEQINFO.replace("frameRate=7", "frameRate=29.97"), "seqinfo.ini").frame_rate == Fraction(2997, 100)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            SEQINFO.replace("seqLength=795\n", "").replace("7\n", "seven\n"),
            "frameRate must be a positive number, not 'seven'; seqLength is missing",
        ),
        (SEQINFO.replace("imWidth=768", "imWidth=0"), "imWidth must be a positive number, not '0'"),
        (SEQINFO.replace("imWidth=768", "imWidth=1/0"), "imWidth must be a positive number, not '1/0'"),
        (SEQINFO.replace("imHeight=576", "imHeight=57.6"), "imHeight must be a whole number"),
        (SEQINFO.replace("[Sequence]", "[Video]"), "no section [Sequence]"),
        ("name=PETS09-S2L1\n", "seqinfo.ini is no seqinfo.ini"),
        ("[Sequence]\nname\n", "seqinfo.ini is no seqinfo.ini"),
    ],
)
def test_a_bad_seqinfo_is_refused(text, complaint):
    with pytest.raises(InputError) as caught:
        parse_sequence_info(text, "seqinfo.ini")
    assert complaint in str(caught.value)
