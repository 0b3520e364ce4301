"""Every setting that the product reads stands in docs/operations.md, and none that it does not read."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SETTING = re.compile(r"\bCASTLIST_[A-Z0-9_]+\b")
COMPOSE_ALONE = {"CASTLIST_IMAGES", "CASTLIST_TAG"}
IMAGE_ALONE = {"CASTLIST_SERVICE"}


def settings_in(*paths: Path) -> set[str]:
    return {name for path in paths for name in SETTING.findall(path.read_text())}


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    sources = [path for folder in ("castlist", "services", "cli") for path in (REPOSITORY / folder).rglob("*.py")]
    compose = sorted(REPOSITORY.glob("docker-compose*.yml"))
    read = settings_in(*sources) | (settings_in(*compose) & COMPOSE_ALONE)
    assert settings_in(REPOSITORY / "docs" / "operations.md") == read - IMAGE_ALONE
