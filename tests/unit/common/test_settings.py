"""A setting that is wrong is named with its remedy, and never with its value."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr

from services.common import settings
from services.common.settings import ServiceSettings


class Settings(ServiceSettings):
    token_secret: SecretStr = Field(min_length=16)
    page_secret: str = Field(min_length=16)


@pytest.mark.parametrize("variable", ["TOKEN_SECRET", "PAGE_SECRET"])
def test_a_short_secret_is_told_with_a_way_to_make_one(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TOKEN_SECRET", "PAGE_SECRET"):
        monkeypatch.setenv(name, "x" * 16)
    monkeypatch.setenv(variable, "short")
    with pytest.raises(SystemExit) as ended:
        settings.read(Settings)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{variable}: must have at least 16 characters; ")
    assert "token_urlsafe" in told
    assert "short" not in told


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings.read(Settings)
    assert capsys.readouterr().err.splitlines() == [
        "TOKEN_SECRET: is required; --help says what it is",
        "PAGE_SECRET: is required; --help says what it is",
    ]
