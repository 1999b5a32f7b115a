"""Secrets as files: a setting that is a secret may stand in a file of its name in SECRETS_DIR.

A variable is seen by whoever may look at the process, is inherited by what it starts, and cannot
change; an orchestrator's folder of files is none of that. Owns which settings are secrets (those of
the type SecretStr) and the reading of the folder at the start. What counts again without a restart
is left to who uses it: `bus/brokers` reads its password itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from services.common.process.watched_file import FileFaults

# More than any key, password or address has; certificates are no secrets of the folder. Larger: a
# wrong file is read into memory whole before it is refused.
LARGEST_BYTES = 64 * 1024


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is one, by its type."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def secrets_of(settings: type[BaseSettings]) -> Iterator[str]:
    """The names of the secrets among the fields."""
    return (name for name, field in settings.model_fields.items() if is_secret(field))


def file_of(folder: Path | None, name: str) -> Path | None:
    """The file of a secret, where there is one. A link that leads nowhere is one, too: with what
    holds without the file, a service would begin with another database or none of its keys. Raises
    FileFaults when the folder cannot be searched."""
    if folder is None:
        return None
    path = folder / name.upper()
    try:
        path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileFaults(f"{name.upper()}: {path} cannot be read") from error
    return path


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets that stand in files. One that is given as a variable, too, is refused: after a
    change of the file nobody would know which counts."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the setting's file without the white space around it, or None."""
        folder = self.current_state.get("secrets_dir")
        path = file_of(Path(folder) if folder else None, field_name)
        if path is None:
            return None, field_name, False
        if field_name in self.current_state:
            raise FileFaults(f"{field_name.upper()}: is given twice, as a variable and by {path}")
        try:
            if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
                raise FileFaults(
                    f"{field_name.upper()}: {path} is no file of at most {LARGEST_BYTES} bytes"
                )
            return path.read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise FileFaults(f"{field_name.upper()}: {path} cannot be read") from error

    def __call__(self) -> dict[str, Any]:
        """The values, by the names of the settings. Raises FileFaults."""
        folder = self.current_state.get("secrets_dir")
        try:
            if folder and not Path(folder).is_dir():
                raise FileFaults(f"SECRETS_DIR: {folder} is no folder")
            return self._found()
        except OSError as error:
            raise FileFaults(f"SECRETS_DIR: {folder} cannot be read") from error

    def _found(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        found = (self.get_field_value(fields[name], name) for name in secrets_of(self.settings_cls))
        return {name: value for value, name, _ in found if value is not None}
