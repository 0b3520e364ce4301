"""CMC and mAP as deep-person-reid computes them, on galleries with junk removed, as it wants them."""

import numpy as np
import pytest

from services.reid.algorithms.retrieval import JUNK, Pictures, retrieve


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_torchreids(seed) -> None:
    from torchreid.reid.metrics import evaluate_rank

    draw = np.random.default_rng(seed)
    gallery = Pictures(draw.integers(-1, 12, 200), draw.integers(1, 4, 200), draw.normal(size=(200, 6)).astype(np.float32))
    queries = Pictures(draw.integers(1, 14, 30), draw.integers(1, 4, 30), draw.normal(size=(30, 6)).astype(np.float32))
    kept = gallery.identities != JUNK
    units = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (queries.features, gallery.features[kept])]
    cmc, precision = evaluate_rank(
        1 - units[0] @ units[1].T, queries.identities, gallery.identities[kept], queries.cameras, gallery.cameras[kept], use_cython=False
    )
    found = retrieve(queries, gallery)
    assert found.cmc == pytest.approx([cmc[0], cmc[4], cmc[9]])
    assert found.mean_average_precision == pytest.approx(precision)
