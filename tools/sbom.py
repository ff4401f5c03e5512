"""The bill of materials (CycloneDX 1.6, JSON) of what `make demo` installs, from the lock alone.

python -m tools.sbom [LOCK] > sbom.json
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

from hypomag import __version__

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)


def pins(lock: Path = LOCK) -> list[tuple[str, str]]:
    """Name and version of everything a lock pins."""
    return PIN.findall(lock.read_text("utf-8"))


def sbom(lock: Path = LOCK) -> dict[str, Any]:
    """The bill, the same for the same lock: no clock, and a serial number made from the lock."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "hypomag",
                "name": "hypomag",
                "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(name, version) for name, version in pins(lock)],
        "dependencies": [{"ref": "hypomag", "dependsOn": [_purl(name, version) for name, version in pins(lock)]}],
    }


def _component(name: str, version: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library", "bom-ref": _purl(name, version), "name": name, "version": version, "purl": _purl(name, version)
    }  # fmt: skip
    if licence := _licence(name):
        found["licenses"] = [{"expression": licence}]
    return found


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"


def _licence(name: str) -> str | None:
    """The licence that an installed package states as an SPDX expression; older ways of saying it are left out."""
    try:
        return metadata.metadata(name).get("License-Expression")
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(json.dumps(sbom(Path(sys.argv[1]) if sys.argv[1:] else LOCK), indent=1))
