"""Fixtures of all tests."""

import pytest
from server import FIXTURES


@pytest.fixture(scope="session")
def fixtures():
    """The folder of the recorded model files."""
    return FIXTURES


@pytest.fixture
def browser(tmp_path):
    """A headless browser with one page."""
    from browser import Browser  # not where networks are tested, by framework only

    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()
