"""Hazards, requirements, tests, coverage: no orphan, and pages made from them that are not stale."""

import pytest
from tools import trust_pages


def test_no_hazard_requirement_test_rule_or_knowledge_is_an_orphan() -> None:
    assert trust_pages.orphans() == []


@pytest.mark.parametrize("page", trust_pages.PAGES)
def test_the_page_is_not_stale(page: str) -> None:
    written = (trust_pages.TRUST / page).read_text("utf-8")
    assert written == trust_pages.PAGES[page](), "run python -m tools.trust_pages"
