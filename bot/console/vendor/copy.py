"""Copies the browser code that the console serves out of `node_modules` and writes what it is to `vendor.lock`.

    npm ci --ignore-scripts && python copy.py

The copies are checked in, so that nobody needs Node to run Aplomb; a run that changes a file means that the lock and
the copies have parted.
"""

import json
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
SERVED = HERE.parent / "static" / "vendor"
FILES = {
    "htmx.js": ("htmx.org", ("dist/htmx.min.js", "dist/ext/hx-sse.min.js")),
    "htmx.LICENSE.txt": ("htmx.org", ("LICENSE",)),
}
"""By the name they are served under. htmx and its extension are one file: htmx starts as soon as it can, and an
extension that comes a moment later is never asked about the elements that are already there."""


def copy() -> None:
    """Raises `FileNotFoundError` when the packages aren't installed."""
    SERVED.mkdir(parents=True, exist_ok=True)
    locked = []
    for name, (package, sources) in FILES.items():
        folder = HERE / "node_modules" / package
        content = b"".join(_without_source_map((folder / source).read_bytes()) for source in sources)
        (SERVED / name).write_bytes(content)
        about = json.loads((folder / "package.json").read_text())
        locked.append(
            {
                "file": name,
                "from": list(sources),
                "package": about["name"],
                "version": about["version"],
                "licence": about["license"],
                "sha256": sha256(content).hexdigest(),
            }
        )
    (HERE / "vendor.lock").write_text(json.dumps(locked, indent=2) + "\n")


def _without_source_map(script: bytes) -> bytes:
    """The map isn't served, and browsers with open tools would ask for it. Ends with a line end."""
    lines = [line for line in script.splitlines() if not line.startswith(b"//# sourceMappingURL=")]
    return b"\n".join(lines) + b"\n"


if __name__ == "__main__":
    copy()
