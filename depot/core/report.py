"""Reports as PDF/A-3a and PDF/UA-1 in one file, set by Typst from a template and data."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typst

COMMON = Path(__file__).parent / "typst"
"""What every template may import from "/common"."""

ATTACH = """
#for attachment in json(bytes(sys.inputs.attachments)) {
  pdf.attach(
    "/attachments/" + attachment.name,
    relationship: "source",
    mime-type: attachment.type,
    description: attachment.name,
  )
}
"""
TYPES = {".json": "application/json", ".csv": "text/csv", ".xml": "application/xml", ".pdf": "application/pdf"}


def render(
    template: Path,
    data: Mapping[str, Any],
    *,
    at: datetime,
    attachments: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """A PDF (ISO 19005-3 level A, ISO 14289-1) of a template, which finds its data in `json(bytes(sys.inputs.data))`.

    Data are never read as markup. The same template, data and moment give the same bytes. Attachments are embedded
    under their file names. Raises typst.TypstError when the template or the standards refuse.
    """
    kinds = [{"name": name, "type": TYPES.get(Path(name).suffix, "application/octet-stream")} for name in attachments]
    with tempfile.TemporaryDirectory(prefix="report-") as name:  # the template can read nothing outside it
        root = Path(name)
        shutil.copytree(template.parent, root / "template")
        shutil.copytree(COMMON, root / "common")
        (root / "attachments").mkdir()
        for file_name, content in attachments.items():
            (root / "attachments" / file_name).write_bytes(content)
        main = root / "main.typ"
        main.write_text(f'#include "/template/{template.name}"\n{ATTACH}')
        return typst.compile(
            main,
            root=root,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False), "attachments": json.dumps(kinds)},
            pdf_standards=["a-3a", "ua-1"],
            timestamp=at.astimezone(UTC).replace(microsecond=0),  # typst refuses parts of a second
        )
