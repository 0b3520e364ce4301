"""What a command says at its end of how far a result can be trusted."""

import json
from pathlib import Path

from cli.exit_codes import BAD_INPUT, health_line, say


def entry(metric: str, value: float, verdict: str, wanted: str) -> dict:
    return {"metric": metric, "value": value, "verdict": verdict, "wanted": wanted}


def test_the_main_figures_and_what_does_not_pass(tmp_path: Path) -> None:
    judged = [
        entry("tracks_per_minute", 18.113208, "pass", "< 50"),
        entry("id_switch_rate", 0.238095, "fail", "< 0.1"),
        entry("total_clusters", 2, "warn", "3 to 50"),
    ]
    (tmp_path / "track_metrics.json").write_text(json.dumps({"acceptance": {"overall": "fail", "metrics": judged}}))
    assert health_line(tmp_path) == (
        "health: fail (tracks_per_minute 18.1, id_switch_rate 0.238); id_switch_rate should be < 0.1; total_clusters should be 3 to 50"
    )


def test_a_job_that_stopped_early_has_none(tmp_path: Path) -> None:
    assert health_line(tmp_path) == ""


def test_what_a_terminal_would_obey_is_taken_out_of_messages(capsys) -> None:
    assert say(BAD_INPUT, "theirs.h5: \x1b[31mred\x07 is not part of the layout,\nbüt this is") == 3
    assert capsys.readouterr().err == "castlist: theirs.h5: \ufffd[31mred\ufffd is not part of the layout,\nbüt this is\n"
