"""The files of an output folder, and what a reader finds in each."""

PUBLISHED_FILES: tuple[tuple[str, str], ...] = (
    ("appearances.csv", "Who is on screen from when to when, a line for each interval. Opens in a spreadsheet."),
    ("appearances.json", "The same with frames, seconds and coverage of each person."),
    ("ranking_results.json", "Ranking scores with their four terms and weights, and the primary person."),
    ("ranking_report.json", "The same file under the name that it had in the past."),
    ("similarity_matrix.json", "How alike each two persons look, with recommended, near and vetoed pairs."),
    ("similarity_matrix.npy", "The same matrix for NumPy."),
    ("embeddings.json", "The vector that stands for each person's looks."),
    ("embeddings.npy", "The same vectors for NumPy."),
    ("persons.mot.txt", "Boxes of each person in every frame, MOTChallenge format."),
    ("tracklets.mot.txt", "Boxes of each unbroken track, before tracks were joined into persons."),
    ("canonical_persons.npz", "Persons as plain arrays: frames, boxes, confidences, detection indices."),
    ("tracklet_stats.npz", "Twelve statistics of each track: lengths, speeds, sizes, jitter and the like."),
    ("reid_candidates.json", "Pairs of tracks that were looked at as possible continuations."),
    ("splits.json", "Tracks that held two people and were cut, with what showed it."),
    ("grouping_log.json", "Which tracks were joined, which were not, and why: limits, persons before merging, near misses."),
    ("grouping_pairs.npz", "Every pair of tracks that was considered, with the value of each check; `castlist why` reads it."),
    ("crop_quality.csv", "The pictures that are shown or compared, with what was measured of each."),
    ("webp/", "The animated pictures of this page, one file a person."),
    ("run.json", "Video, models with hashes, every parameter with where its value came from, warnings."),
    ("timings.json", "How long each step of this run took, and when. The only file that differs from run to run."),
)
