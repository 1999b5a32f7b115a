import pytest
from contextlib import contextmanager
from typing import Any
import dataclasses
from deploy.local import backup
from services.common.bus import rewind as rw
from services.common.bus import forgotten as fg
from services.intake.entrypoints import by_hand
from tests.adapters import test_recovery as t
from tests.adapters.test_recovery import kit, group  # noqa

Fail = (AssertionError, pytest.fail.Exception, Exception)

def red(call):
    try:
        call()
    except BaseException as e:
        print("RED:", type(e).__name__, str(e)[:150].replace("\n"," "))
        return
    raise AssertionError("stayed green")

def test_order(kit, database, broker, tmp_path, monkeypatch):
    real = backup._in_order
    monkeypatch.setattr(backup, "_in_order", lambda db: list(reversed(real(db))))
    red(lambda: t.test_no_document_is_copied_whose_run_is_not(kit, database, broker, tmp_path))

def test_order2(kit, database, broker, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_in_order", lambda db: sorted(db.list_collection_names()))
    red(lambda: t.test_counters_are_copied_after_what_they_count(kit, database, broker, tmp_path))

def test_still(kit, database, broker, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_must_stand_still", lambda *a: None)
    red(lambda: t.test_nothing_is_restored_under_a_running_service(kit, database, broker, tmp_path))

def test_digest(kit, database, broker, tmp_path, monkeypatch):
    class D:
        def update(self, b): pass
        def hexdigest(self): return "x"
    monkeypatch.setattr(backup, "sha256", D)
    red(lambda: t.test_a_copy_that_changed_is_refused_before_anything_is_touched(kit, database, broker, tmp_path))

def test_forward(broker, group, monkeypatch):
    class Never(int):
        def __lt__(self, o): return True
    real = rw._wanted
    monkeypatch.setattr(rw, "_wanted", lambda *a: {k: Never(v) for k, v in real(*a).items()})
    red(lambda: t.test_a_group_goes_back_and_never_forward(broker, group))

def test_empty(broker, group, monkeypatch):
    monkeypatch.setattr(rw, "_must_be_empty", lambda *a: None)
    red(lambda: t.test_a_group_that_reads_is_not_set_back(broker, group))

def test_min(broker, database, monkeypatch):
    real = fg._which
    monkeypatch.setattr(fg, "_which", lambda e: (e.id,))
    red(lambda: t.test_what_was_told_and_is_not_stored_is_named(broker, database))

def test_counter(broker, database, monkeypatch):
    monkeypatch.setattr(by_hand, "raise_counter", lambda *a: None)
    red(lambda: t.test_a_restored_counter_gives_no_number_that_was_told(broker, database))
