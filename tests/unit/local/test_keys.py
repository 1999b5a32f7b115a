"""The keys that the stack hands out: each caller its own, and the services only digests."""

from __future__ import annotations

import stat
from pathlib import Path

from deploy.local import keys
from services.common.edge.access import Caller, CallersFile
from services.common.edge.access_tokens import read_accepted, read_signing

OFFICES = [f"o-{number}" for number in range(500)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_office_has_a_key_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    made = keys.of_offices(tmp_path, OFFICES)
    assert len(set(made.values())) == len(OFFICES)
    assert keys.of_offices(tmp_path, OFFICES) == made
    callers = CallersFile(keys.write_callers(tmp_path, OFFICES))
    for office_id, key in made.items():
        assert callers.of(key) == Caller(id=office_id, scopes=frozenset({"work"}), office=office_id)
    assert len(list(callers.all())) == len(OFFICES) + len(keys.SCOPES)


def test_only_the_office_of_sealed_matters_and_their_desk_may_see_where_they_lie(
    tmp_path: Path,
) -> None:
    callers = CallersFile(keys.write_callers(tmp_path, OFFICES, sealed_offices={"o-7"}))
    may_see = {caller.id for caller in callers.all() if "assignments:sealed" in caller.scopes}
    assert may_see == {"o-7", "sealed-desk"}
    may_assign = {caller.id for caller in callers.all() if "assign" in caller.scopes}
    assert may_assign == {"desk", "sealed-desk"}
    office = callers.of(keys.of_offices(tmp_path, OFFICES)["o-7"])
    assert office.scopes == {"work", "assignments", "assignments:sealed"}


def test_no_key_is_where_others_can_read_it(tmp_path: Path) -> None:
    callers = keys.write_callers(tmp_path, OFFICES).read_text()
    private, public = keys.signing(tmp_path)
    of_offices = keys.of_offices(tmp_path, OFFICES).values()
    assert not [
        key for key in (*keys.read_or_create(tmp_path).values(), *of_offices) if key in callers
    ]
    assert '"d"' not in public.read_text()
    for secret in (private, tmp_path / "keys.env", tmp_path / "office_keys.env"):
        assert mode(secret) == 0o600


def test_the_signing_key_is_made_once_and_its_public_half_accepted(tmp_path: Path) -> None:
    private, public = keys.signing(tmp_path)
    kid = read_signing(private).kid
    assert set(read_accepted(public)) == {kid}
    private.chmod(0o644)
    assert read_signing(keys.signing(tmp_path)[0]).kid == kid
    assert mode(private) == 0o600
    private.unlink()
    assert set(read_accepted(public)) == {kid}
    private, public = keys.signing(tmp_path)
    assert set(read_accepted(public)) == {read_signing(private).kid} != {kid}
