"""Files that staff send in: read whole, and YAML as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import yaml
from fastapi import File, UploadFile

from shared.errors import Invalid

# A browser sends a part without a name where no file was chosen.
FrameFiles = Annotated[Sequence[UploadFile | str], File()]

_LARGEST_YAML = 1_000_000


def read_yaml(data: bytes, what: str) -> object:
    """The document in a YAML file (JSON is YAML too).

    Raises:
        Invalid: it is no YAML; says in which line.
    """
    if len(data) > _LARGEST_YAML:
        raise Invalid("yaml_too_large", f"The {what} is larger than 1 MB.")
    try:
        return yaml.load(data, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid("yaml_broken", f"The {what} is not valid YAML: look at line {line}.") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Invalid("yaml_broken", f"The {what} is not valid YAML.") from None


async def read_upload(file: UploadFile | None, what: str) -> bytes:
    """The bytes of an uploaded file.

    Raises:
        Invalid: none was chosen, or it is empty.
    """
    data = await file.read() if file is not None else b""
    if not data:
        raise Invalid("file_missing", f"Choose the {what}; none was sent, or it is empty.")
    return data


async def read_uploads(files: Sequence[UploadFile | str]) -> dict[str, bytes]:
    """The bytes of several uploaded files by name; parts in which no file was chosen are left out.

    Raises:
        Invalid: two have the same name.
    """
    found: dict[str, bytes] = {}
    for file in files:
        if isinstance(file, str) or not file.filename:
            continue
        name = file.filename.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
        if name in found:
            raise Invalid("file_twice", "Two of the files have the same name.")
        found[name] = await file.read()
    return found
