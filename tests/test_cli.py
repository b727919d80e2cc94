"""The `bangku` command as a person types it."""

from __future__ import annotations

from dataclasses import replace

from click.testing import CliRunner

from server import config
from server.bootstrap import open_context
from server.cli import main
from server.services import demo
from server.services.meta import get_meta
from server.workspace.school_key import key_path


def bangku(*args: object, typed: str = ""):
    return CliRunner().invoke(main, [str(a) for a in args], input=typed)


def test_the_schools_key_comes_back_on_a_new_machine_from_its_copy(tmp_path):
    old, new, copy = tmp_path / "old", tmp_path / "new", tmp_path / "stick" / "key.pem"
    copy.parent.mkdir()
    old.mkdir()
    phrase = "empat kata kayu jati"
    packed = bangku("pack-ext", "--data-dir", old, "--backup", copy, typed=f"{phrase}\n{phrase}\n")
    assert packed.exit_code == 0, packed.output
    restored = bangku("restore-key", "--data-dir", new, copy, typed=f"{phrase}\n")
    assert restored.exit_code == 0, restored.output
    assert key_path(new).read_bytes() == key_path(old).read_bytes()


def test_a_wrong_passphrase_is_one_sentence_with_its_code_and_writes_nothing(tmp_path):
    old, new, copy = tmp_path / "old", tmp_path / "new", tmp_path / "key.pem"
    old.mkdir()
    bangku("pack-ext", "--data-dir", old, "--backup", copy, typed="satu dua tiga empat\n" * 2)
    refused = bangku("restore-key", "--data-dir", new, copy, typed="bukan itu sama sekali\n")
    assert refused.exit_code == 2
    assert "[school_key_passphrase_wrong]" in refused.output and "Traceback" not in refused.output
    assert not key_path(new).exists()


def test_every_command_says_what_it_is_for():
    for name, command in main.commands.items():
        assert command.help or command.short_help, name
        assert bangku(name, "--help").exit_code == 0


def test_simulated_chromebooks_dial_the_address_that_is_served_and_leave_it(tmp_path):
    """`serve --public-url` (or `--port`) is not stored in the settings."""
    settings = config.load(tmp_path, school_npsn="20999001")
    config.save(settings)
    served = open_context(replace(settings, public_url="http://127.0.0.1:9"))
    demo.seed(served.db, served.now(), days=("2026-11-24", "2026-11-25"))
    ran = bangku("simulate", "--data-dir", tmp_path, "--devices", 1, "--seconds", 1)
    assert "at http://127.0.0.1:9" in ran.output
    with served.db.read() as c:
        assert get_meta(c, "public_url") == "http://127.0.0.1:9"
