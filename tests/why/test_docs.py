"""The pages made from the knowledge are as the tool makes them."""

import pytest
from tools import why_docs


@pytest.mark.parametrize(("name", "page"), [("causes.md", why_docs.causes), ("weights.md", why_docs.weights)])
def test_page_is_fresh(name: str, page) -> None:
    assert (why_docs.DOCS / name).read_text("utf-8") == page(), "run: python -m tools.why_docs"
