"""Says where beside a template a function's code may lie, as the CDK, SAM and the AWS command have it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from customresource_bridge.port.beside import NO_CODE, CodeFolder, Files, ReadFolder
from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.template.constants import constant_text

_ASSET = re.compile(r"(?:.*/)?([0-9a-f]{16,128})\.(?:zip|jar)")
_ENDINGS = {"python": (".py",), "nodejs": (".js", ".mjs", ".cjs")}


def folder_of(resource: Mapping[str, Any], properties: Mapping[str, Any], read: ReadFolder) -> CodeFolder:
    """Return a function's code, none where it is not beside the template."""
    return next((found for path in _places(resource, properties) if (found := read(path)) != NO_CODE), NO_CODE)


def main_text(files: Files, language: str, module: str) -> str | None:
    """Return the text of the file that the function is in."""
    path = module.replace(".", "/") if language == "python" else module
    for ending in _ENDINGS.get(language, ()):
        if f"{path}{ending}" in files:
            return files[f"{path}{ending}"].decode("utf-8", "replace")
    return None


def _places(resource: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    metadata = resource.get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
    if isinstance(asset, str):
        yield asset
    code = properties.get("Code")
    for place in (properties.get("CodeUri"), code):
        path = constant_text(place)
        if path and "://" not in path:
            yield path
    key = _ASSET.fullmatch(text_with_gaps(code.get("S3Key"))) if isinstance(code, dict) and "S3Key" in code else None
    if key:
        yield from (f"asset.{key[1]}", f"asset.{key[1]}.zip")
