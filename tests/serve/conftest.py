"""One running service a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.ward import TestClient, service, settings


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with service(settings(tmp_path_factory.mktemp("hooks"), repeat="until_answered")) as one:
        yield one
