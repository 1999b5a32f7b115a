"""What pages promise whatever a service shows on them."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from services.common import pages as shared
from services.common.pages import LANGUAGES, Pages, label
from services.common.pages.accept import best_language, prefers_html
from services.common.pages.assets import Assets, manifest
from services.common.pages.fixed_texts import TextsIncomplete, read_texts

SHARED = Path(shared.__file__).parent / "texts"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SEOUL = ZoneInfo("Asia/Seoul")
# Monday to Sunday, one day in each month of two years.
DAYS = [datetime(2026, month, 9 + month, 5, tzinfo=UTC) for month in range(1, 13)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service's pages: one, with one text."""
    (tmp_path / "texts").mkdir()
    for language in LANGUAGES:
        (tmp_path / "texts" / f"{language}.yaml").write_text("hello: Hello {name}\n")
    (tmp_path / "hello.html").write_text(
        '{% extends "base.html" %}{% block title %}{{ t("hello", name=who) }}{% endblock %}'
        "{% block content %}<h1>{{ who }}</h1>{{ parts.name(names) }}{{ parts.time(at) }}"
        "{{ parts.words(who, 'ko') }}{{ parts.notice(who) }}{% endblock %}"
    )
    return tmp_path


def made(folder: Path, assets: Assets | None = None, default: str = "ko") -> Pages:
    nothing = Assets(folder / "nothing")
    return Pages(folder, default_language=default, timezone=SEOUL, assets=assets or nothing)


def shown(
    folder: Path, language: str = "en", who: str = "Kim", assets: Assets | None = None
) -> str:
    names = {"ko": "종로구", "en": "Jongno-gu"}
    page = made(folder, assets).render("hello.html", language, who=who, names=names, at=DAYS[10])
    return bytes(page.body).decode()


class TestHeaders:
    def test_a_secret_address_is_neither_kept_nor_passed_on_nor_found(self, folder: Path) -> None:
        headers = (
            made(folder).render("hello.html", "en", who="", names={"en": ""}, at=DAYS[0]).headers
        )
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Language"] == "en"
        assert {"Accept", "Accept-Language"} <= set(headers["Vary"].split(", "))

    def test_the_policy_lets_in_the_style_of_the_page_and_nothing_else(self, folder: Path) -> None:
        page = made(folder).render("hello.html", "en", who="", names={"en": ""}, at=DAYS[0])
        policy = dict(
            rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; ")
        )
        (style,) = re.findall(r"<style>(.*?)</style>", bytes(page.body).decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy == {
            "default-src": "'none'",
            "style-src": f"'sha256-{digest}'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }

    def test_who_must_wait_is_told_how_long(self, folder: Path) -> None:
        page = made(folder).render("hello.html", "en", 503, who="", names={"en": ""}, at=DAYS[0])
        assert (page.status_code, page.headers["Retry-After"]) == (503, "2")


class TestFonts:
    def test_without_them_a_page_asks_for_nothing(self, folder: Path) -> None:
        assert "<link" not in shown(folder)

    def test_with_them_they_come_from_here(self, folder: Path, tmp_path: Path) -> None:
        font = manifest()["noto-sans-kr"]
        (tmp_path / "fetched" / font.folder).mkdir(parents=True)
        assets = Assets(tmp_path / "fetched")
        address = f"/assets/{font.folder}/index.css"
        assert f'<link rel="stylesheet" href="{address}">' in shown(folder, assets=assets)
        page = made(folder, assets).render("hello.html", "en", who="", names={"en": ""}, at=DAYS[0])
        policy = page.headers["Content-Security-Policy"]
        assert "font-src 'self'" in policy
        assert re.search(r"style-src 'sha256-\S+' 'self'", policy)
        assert "script-src" not in policy


class TestLanguage:
    @pytest.mark.parametrize(
        ("wishes", "language"),
        [
            (("vi",), "vi"),
            (("en-GB",), "en"),
            (("zh-Hans-CN",), "zh"),
            ((None, "mn"), "mn"),
            (("fr", "ja"), "ja"),
            (("fr", ""), "ko"),
            (("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",), "en"),
            (("en;q=0.2, vi;q=0.9",), "vi"),
            (("vi;q=0, en;q=0.1",), "en"),
            ((";;;,q=,en;q=x",), "ko"),
        ],
    )
    def test_it_is_the_first_wish_that_there_are_pages_for(
        self, folder: Path, wishes: tuple[str | None, ...], language: str
    ) -> None:
        assert made(folder).language(*wishes) == language

    def test_a_city_may_have_another_first_language(self, folder: Path) -> None:
        assert made(folder, default="en").language("fr") == "en"
        assert made(folder, default="fr").language("fr") == "ko"

    def test_a_header_without_end_is_not_read_to_its_end(self) -> None:
        assert best_language("xx," * 1_000 + "en", LANGUAGES) is None

    def test_a_name_in_another_language_says_so(self, folder: Path) -> None:
        assert '<span lang="en">Jongno-gu</span>' in shown(folder, "vi")
        assert "Jongno-gu" in shown(folder, "en")
        assert "<span" not in shown(folder, "en")

    def test_a_name_is_the_nearest_there_is(self) -> None:
        names = {"ko": "종로구", "en": "Jongno-gu"}
        assert label(names, "ko").text == "종로구"
        assert label(names, "vi").text == "Jongno-gu"
        assert label({"ko": "종로구"}, "vi").language == "ko"


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (CHROME, True),
        ("text/html", True),
        ("application/xhtml+xml", True),
        ("text/html, */*", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("application/problem+json", False),
    ],
)
def test_only_who_names_html_before_json_gets_a_page(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


def test_what_somebody_wrote_is_never_markup(folder: Path) -> None:
    assert "<script>" not in shown(folder, who="<script>alert(1)</script>")


class TestTexts:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_language_writes_each_day_and_month(self, language: str, folder: Path) -> None:
        texts = read_texts(SHARED, folder / "texts")[language]
        written = {texts.moment(moment.astimezone(SEOUL)) for moment in DAYS}
        assert len(written) == 12
        assert all("14:00" in text and "2026" in text and "{" not in text for text in written)

    def test_days_are_written_as_each_language_does(self, folder: Path) -> None:
        texts = read_texts(SHARED, folder / "texts")
        thursday = datetime(2026, 11, 26, 14, 0, tzinfo=SEOUL)
        assert {language: texts[language].moment(thursday) for language in LANGUAGES} == {
            "ko": "2026. 11. 26.(목) 14:00",
            "en": "Thu 26 November 2026, 14:00",
            "zh": "2026年11月26日（周四） 14:00",
            "ja": "2026年11月26日（木） 14:00",
            "vi": "14:00, Thứ Năm, ngày 26 tháng 11 năm 2026",
            "mn": "2026 оны 11-р сарын 26 (Пүрэв) 14:00",
        }

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("", "vi: hello is missing"),
            ("bye: Bye\n", "vi: hello is missing"),
            ("hello: Hello {name}\nbye: Bye\n", "vi: bye is not in ko"),
            ("hello: Hello {nam}\n", "vi: hello has other gaps"),
            ("hello: Hello {name}\nskip: x\n", "skip is there twice"),
            ("hello: 1\n", "hello is no text"),
            ("hello: ' '\n", "hello is no text"),
        ],
    )
    def test_a_language_that_lacks_something_starts_nothing(
        self, folder: Path, text: str, fault: str
    ) -> None:
        (folder / "texts" / "vi.yaml").write_text(text)
        with pytest.raises(TextsIncomplete, match=fault):
            made(folder)

    def test_each_week_has_seven_days(self, folder: Path, tmp_path: Path) -> None:
        texts = tmp_path / "shared"
        shutil.copytree(SHARED, texts)
        read = yaml.safe_load((texts / "ja.yaml").read_text())
        read["weekdays"] = "月, 火"
        (texts / "ja.yaml").write_text(yaml.safe_dump(read))
        with pytest.raises(TextsIncomplete, match="ja: weekdays must name 7"):
            read_texts(texts, folder / "texts")


class TestLivePages:
    """Pages for the city's own people, which may load scripts of ours and have fewer languages."""

    def test_scripts_are_let_in_from_here_alone_and_only_where_a_page_loads_some(
        self, folder: Path
    ) -> None:
        live = Pages(
            folder,
            default_language="ko",
            timezone=SEOUL,
            assets=Assets(folder / "nothing"),
            scripts=["/assets/live.js"],
        )
        page = live.render("hello.html", "en", who="", names={"en": ""}, at=DAYS[0])
        assert '<script src="/assets/live.js" defer></script>' in bytes(page.body).decode()
        rules = page.headers["Content-Security-Policy"].split("; ")
        assert {"script-src 'self'", "connect-src 'self'"} <= set(rules)
        assert "<script" not in shown(folder)

    def test_they_may_lack_languages_that_nobody_there_reads(self, folder: Path) -> None:
        (folder / "texts" / "vi.yaml").unlink()
        with pytest.raises(OSError):
            made(folder)
        few = Pages(
            folder,
            default_language="vi",
            timezone=SEOUL,
            assets=Assets(folder / "nothing"),
            languages=("ko", "en"),
        )
        assert few.language("vi", "en") == "en"
        assert few.language("vi") == "ko"

    def test_a_style_of_the_folder_is_added_to_the_one_of_all(self, folder: Path) -> None:
        (folder / "page.css").write_text(".of-the-folder { color: red }")
        (style,) = re.findall(r"<style>(.*?)</style>", shown(folder), re.DOTALL)
        assert style.endswith(".of-the-folder { color: red }")
        assert ":root" in style
