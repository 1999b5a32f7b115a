"""A channel without what it needs is named at start, not at the first message."""

from __future__ import annotations

import pytest

from services.common.edge.access import new_key
from services.common.run import settings
from services.notify.domain.model import DeliveryChannel
from services.notify.settings import NotifySettings


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_KEY", new_key())


def test_the_file_channel_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_CHANNELS", raising=False)
    assert settings.read(NotifySettings).channels == (DeliveryChannel.FILE,)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"NOTIFY_CHANNELS": "email"}, "SMTP_HOST"),
        ({"NOTIFY_CHANNELS": "email", "SMTP_HOST": "mail.example"}, "SMTP_FROM"),
        ({"NOTIFY_CHANNELS": "file, sms"}, "SMS_GATEWAY_URL"),
        ({"NOTIFY_CHANNELS": "pigeon"}, "pigeon"),
        ({"NOTIFY_CHANNELS": ""}, "NOTIFY_CHANNELS"),
        ({"SMTP_TLS": "perhaps"}, "SMTP_TLS"),
        ({"SMTP_FROM": "City <120@city.example>"}, "SMTP_FROM"),
        ({"NOTIFY_HOURLY_LIMIT": "0"}, "NOTIFY_HOURLY_LIMIT"),
    ],
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, str],
    missing: str,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        settings.read(NotifySettings)
    assert ended.value.code == 2
    assert missing in capsys.readouterr().err


def test_channels_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_CHANNELS", "sms, email")
    monkeypatch.setenv("SMTP_HOST", "mail.example")
    monkeypatch.setenv("SMTP_FROM", "120@city.example")
    monkeypatch.setenv("SMS_GATEWAY_URL", "http://gateway.example")
    assert settings.read(NotifySettings).channels == (DeliveryChannel.SMS, DeliveryChannel.EMAIL)
