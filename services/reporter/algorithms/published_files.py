"""The files of an output folder, and what a reader finds in each."""

from services.reporter.algorithms.report_inputs import ReportInputs

PUBLISHED_FILES: tuple[tuple[str, str], ...] = (
    ("appearances.csv", "Who is on screen from when to when, a line for each interval. Opens in a spreadsheet."),
    ("appearances.json", "The same with frames, seconds and coverage of each person."),
    ("ranking_results.json", "Ranking scores with their four terms and weights, and the primary person."),
    ("ranking_report.json", "The same file under the name that it had in the past."),
    ("similarity_matrix.json", "How alike each two persons look, with recommended, near and vetoed pairs."),
    ("similarity_matrix.npy", "The same matrix for NumPy."),
    ("merge_plan.json", "Which persons are one human being, step by step, with similarity, confidence and reason."),
    ("calibration.json", "How alike parts of one track look, and people seen together: what the threshold was chosen from."),
    ("identities.json", "Of which tracks each person is made, and how well they hold together."),
    ("track_metrics.json", "Figures by which a result is watched, each with its bound and verdict: tracks, crops, clusters."),
    ("embeddings.json", "The vector that stands for each person's looks."),
    ("embeddings.npy", "The same vectors for NumPy."),
    ("persons.mot.txt", "Boxes of each person in every frame, MOTChallenge format."),
    ("tracklets.mot.txt", "Boxes of each unbroken track, before tracks were joined into persons."),
    ("canonical_persons.npz", "Persons as plain arrays: frames, boxes, confidences, detection indices."),
    ("primary_person.npz", "The primary person alone, in the same arrays: of the highest rank, of those you selected if you did."),
    ("selected_persons.npz", "The persons that you selected, in the same arrays."),
    ("tracklet_stats.npz", "Twelve statistics of each track: lengths, speeds, sizes, jitter and the like."),
    ("reid_candidates.json", "Pairs of tracks that were looked at as possible continuations."),
    ("stitches.json", "Gaps across which the tracker's tracks were joined, or cut, and how doubtful that was."),
    ("shots.json", "The shots of the video: first and last frame, seconds, and how each begins: cut, fade or dissolve."),
    ("splits.json", "Tracks that held two people and were cut, with what showed it."),
    ("grouping_log.json", "Which tracks were joined, which were not, and why: limits, persons before merging, near misses."),
    ("grouping_pairs.npz", "Every pair of tracks that was considered, with the value of each check; `castlist why` reads it."),
    ("crop_quality.csv", "The pictures that are shown or compared, with what was measured of each."),
    ("webp/", "The animated pictures of this page, one file a person."),
    ("run.json", "Video, models with hashes, every parameter with where its value came from, warnings."),
    ("timings.json", "How long each step of this run took, and when. The only file that differs from run to run."),
)

_OF_INPUTS = {
    "merge_plan.json": "plan",
    "calibration.json": "calibration",
    "identities.json": "identities",
    "track_metrics.json": "metrics",
}


def published_files(inputs: ReportInputs) -> tuple[tuple[str, str], ...]:
    """The files that this run wrote: some come only where persons were compared."""
    absent = {name for name, field in _OF_INPUTS.items() if getattr(inputs, field) is None}
    return tuple((name, what) for name, what in PUBLISHED_FILES if name not in absent)
