"""Figures and verdicts in the page's words."""

from services.reporter.algorithms.health import HealthRow, health_view


def document(*judged: dict, overall: str = "warn") -> dict:
    return {"tracks": 1, "video_seconds": 79.5, "acceptance": {"overall": overall, "metrics": list(judged)}}


def entry(metric: str, value: float, verdict: str, bound: str, remedy: str = "") -> dict:
    return {"metric": metric, "value": value, "verdict": verdict, "wanted": bound, "bound": bound, "remedy": remedy}


def test_a_row_says_what_was_counted_and_what_is_wanted() -> None:
    found = health_view(
        document(
            entry("tracks_per_minute", 18.113208, "pass", "< 50"),
            entry("singleton_fraction", 0.916667, "warn", "0.2 to 0.5", "Look."),
            entry("total_clusters", 1200, "not_judged", "3 to 50"),
        )
    )
    assert found.rows == (
        HealthRow("tracks_per_minute", "Tracks for each minute of video", "18.1", "< 50", "pass", "pass", ""),
        HealthRow("singleton_fraction", "Persons of one track", "0.917", "0.2 to 0.5", "warn", "warn", "Look."),
        HealthRow("total_clusters", "Persons, as their looks tell", "1,200", "3 to 50", "too little to judge", "not_judged", ""),
    )
    assert (found.waiting, found.basis) == (1, "1 track in 79.5 s")
    assert found.summary == "Not all that is watched lies within its bounds."


def test_a_figure_that_this_page_does_not_know_goes_by_its_name() -> None:
    (row,) = health_view(document(entry("new_rate", 0.25, "fail", "< 0.1", "Look."), overall="fail")).rows
    assert (row.meaning, row.value, row.word) == ("new rate", "0.250", "fail")
