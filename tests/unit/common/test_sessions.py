"""Signing in at a desk's pages: who gets a session, when it ends, and whose forms are taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from fastapi import Request, Response
from pydantic import SecretStr

from services.common.edge.access import Caller, KnownCallers, digest, mark
from services.common.edge.limits import Senders, TooMany
from services.common.edge.sessions import IDLE, LONGEST, WRONG_KEYS, WRONG_WITHIN, Session, Sessions
from services.common.kernel import DomainError, Kind

KEY = "a-key-that-nobody-else-has"
DESK = Caller(id="desk", scopes=frozenset({"assign"}))
SECRET = SecretStr("a secret of this deployment")


class World:
    """A desk, its callers, which a test may change, and the time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        self.known = KnownCallers({digest(KEY): DESK})

    def desk(
        self, name: str = "routing", *, secret: SecretStr = SECRET, over_tls: bool = True
    ) -> Sessions:
        return Sessions(
            name,
            callers=self.known,
            secret=secret,
            over_tls=over_tls,
            sender_of=Senders(0),
            clock=lambda: self.now,
        )

    def signed_in(self, desk: Sessions) -> str:
        """The cookie of a new session."""
        return cookie_of(desk, desk.sign_in(asking(), KEY))


def asking(cookie: str = "", *, site: str = "", host: str = "10.0.0.1", **said: str) -> Request:
    """A request with a whole cookie line, from a page of `site`, with what else its headers say."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    headers += [(b"sec-fetch-site", site.encode())] if site else []
    headers += [
        (name.rstrip("_").replace("_", "-").encode(), text.encode()) for name, text in said.items()
    ]
    return Request({"type": "http", "headers": headers, "client": (host, 1)})


def said(desk: Sessions, session: Session) -> str:
    """How the browser is told to keep a session."""
    response = Response()
    desk.keep(response, session)
    return response.headers["set-cookie"]


def cookie_of(desk: Sessions, session: Session) -> str:
    return said(desk, session).partition(";")[0]


def refusal(desk: Sessions, cookie: str) -> str:
    with pytest.raises(DomainError) as error:
        desk.of(asking(cookie))
    assert error.value.kind is Kind.UNAUTHENTICATED
    return error.value.slug


@pytest.fixture
def world() -> World:
    return World()


class TestTheCookie:
    def test_it_stands_for_the_key_and_does_not_hold_it(self, world: World) -> None:
        desk = world.desk()
        session = desk.sign_in(asking(), KEY)
        line = said(desk, session)
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "samesite=strict", "secure", "path=/"} <= attributes
        assert line.startswith("__Host-")
        assert KEY not in line
        assert digest(KEY).removeprefix("sha256:") not in line
        found = desk.of(asking(cookie_of(desk, session)))
        assert (found.id, found.caller) == (session.id, DESK)
        assert cookie_of(desk, found) == cookie_of(desk, session)

    def test_only_on_a_machine_without_tls_it_goes_in_plain(self, world: World) -> None:
        desk = world.desk(over_tls=False)
        line = said(desk, desk.sign_in(asking(), KEY))
        assert "secure" not in line.lower()
        assert "httponly" in line.lower()

    def test_it_is_never_logged(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        desk = world.desk()
        with caplog.at_level("DEBUG"):
            cookie = world.signed_in(desk)
            with pytest.raises(DomainError):
                desk.sign_in(asking(), "wrong-key")
        told = " ".join(str(record.__dict__) for record in caplog.records)
        assert "session.began" in told
        assert not any(secret in told for secret in (KEY, "wrong-key", mark(KEY), cookie))

    def test_what_was_not_made_here_is_refused(self, world: World) -> None:
        desk = world.desk()
        cookie = world.signed_in(desk)
        name, _, value = cookie.partition("=")
        body, _, signature = value.partition(".")
        other = world.desk(secret=SecretStr("another secret of somebody"))
        twisted = [
            f"{name}=",
            f"{name}=x",
            f"{name}={body}.",
            f"{name}={body}A.{signature}",
            f"{name}=.{signature}",
            f"{name}={'x' * 2000}",
            f"{name}=é.é",
            world.signed_in(other),
        ]
        slugs = {refusal(desk, one) for one in twisted}
        assert slugs == {"session_missing", "session_unknown"}
        assert refusal(desk, "") == "session_missing"

    def test_another_desk_with_the_same_secret_takes_none(self, world: World) -> None:
        cookie = world.signed_in(world.desk())
        other = world.desk("districts")
        moved = cookie.replace("routing-desk", "districts-desk")
        assert other.cookie in SimpleCookie(moved)
        assert refusal(other, moved) == "session_unknown"

    def test_any_replica_knows_it(self, world: World) -> None:
        assert world.desk().of(asking(world.signed_in(world.desk()))).caller == DESK

    def test_the_browser_is_told_to_forget_it(self, world: World) -> None:
        response = Response()
        world.desk().end(response)
        assert "max-age=0" in response.headers["set-cookie"].lower()


class TestItsEnd:
    def test_it_ends_when_nothing_is_asked(self, world: World) -> None:
        desk = world.desk()
        cookie = world.signed_in(desk)
        world.now += IDLE - timedelta(seconds=1)
        cookie = cookie_of(desk, desk.of(asking(cookie)))
        world.now += IDLE - timedelta(seconds=1)
        desk.of(asking(cookie))
        world.now += timedelta(seconds=1)
        assert refusal(desk, cookie) == "session_ended"

    def test_it_ends_after_a_working_day_whatever_is_asked(self, world: World) -> None:
        desk = world.desk()
        cookie = world.signed_in(desk)
        begun = world.now
        while world.now < begun + LONGEST - IDLE / 2:
            world.now += IDLE / 2
            cookie = cookie_of(desk, desk.of(asking(cookie)))
        world.now = begun + LONGEST
        assert refusal(desk, cookie) == "session_ended"

    def test_it_ends_with_its_key_and_has_the_scopes_of_now(self, world: World) -> None:
        cookie = world.signed_in(world.desk())
        world.known = KnownCallers({digest(KEY): Caller(id="desk", scopes=frozenset({"other"}))})
        assert world.desk().of(asking(cookie)).caller.scopes == {"other"}
        world.known = KnownCallers({digest("the next key"): DESK})
        assert refusal(world.desk(), cookie) == "session_ended"


class TestSigningIn:
    def test_a_wrong_key_is_refused_and_after_some_the_address_waits(self, world: World) -> None:
        desk = world.desk()
        for _ in range(WRONG_KEYS):
            with pytest.raises(DomainError, match="key_unknown"):
                desk.sign_in(asking(), "wrong")
        with pytest.raises(TooMany) as error:
            desk.sign_in(asking(), KEY)
        assert error.value.retry_after == WRONG_WITHIN
        assert desk.sign_in(asking(host="10.0.0.2"), KEY).caller == DESK
        world.now += WRONG_WITHIN
        assert desk.sign_in(asking(), KEY).caller == DESK

    def test_right_keys_are_not_counted(self, world: World) -> None:
        desk = world.desk()
        for _ in range(2 * WRONG_KEYS):
            desk.sign_in(asking(), KEY)

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_another_sites_form_signs_nobody_in(self, world: World, site: str) -> None:
        with pytest.raises(DomainError, match="cross_site"):
            world.desk().sign_in(asking(site=site), KEY)

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "https://desk.example.evil.example", ""]
    )
    def test_nor_where_an_older_browser_names_only_the_origin(
        self, world: World, origin: str
    ) -> None:
        request = asking(origin=origin, host_="desk.example")
        with pytest.raises(DomainError, match="cross_site"):
            world.desk().sign_in(request, KEY)

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"origin": "https://Desk.example", "host_": "desk.example"},
            {"origin": "http://127.0.0.1:8122", "host_": "127.0.0.1:8122"},
            {
                "origin": "https://desk.example",
                "host_": "districts",
                "x_forwarded_host": "desk.example",
            },
            {"origin": "null", "host_": "desk.example", "site": "same-origin"},
        ],
    )
    def test_a_form_of_the_desk_itself_does(self, world: World, said: dict[str, str]) -> None:
        assert world.desk().sign_in(asking(**said), KEY).caller.id == DESK.id


class TestForms:
    def test_a_form_of_the_session_is_taken(self, world: World) -> None:
        desk = world.desk()
        cookie = world.signed_in(desk)
        token = desk.of(asking(cookie)).form_token
        assert desk.of_form(asking(cookie), token).caller == DESK

    def test_a_form_without_its_token_or_with_anothers_is_not(self, world: World) -> None:
        desk = world.desk()
        mine, other = world.signed_in(desk), world.signed_in(desk)
        foreign = desk.of(asking(other)).form_token
        for token in ("", "é", foreign, desk.of(asking(mine)).id):
            with pytest.raises(DomainError, match="cross_site") as error:
                desk.of_form(asking(mine), token)
            assert error.value.kind is Kind.FORBIDDEN
