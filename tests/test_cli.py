"""The `bangku` command as a person types it."""

from __future__ import annotations

from click.testing import CliRunner

from server.cli import main
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
