"""
Packs the Power Automate solutions: `python -m dev.pack_solution {connector,flows} OUT.zip`.

The flows need the connector's name in your environment, which it gets when the first solution is
imported: `--api shared_dkr-5fdarkroom-5f…`. The same files make the same bytes.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from dev.connector.swagger import VARIANTS, Variant

PLACE = Path(__file__).parent.parent / "infra" / "integrations" / "power_automate"
SOLUTIONS = ("connector", "flows")
CONNECTOR = "dkr_darkroom"
# Stands in the flows for the name that the environment gives to the connector.
API = "shared_dkr-5fdarkroom"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
# The oldest time that a zip can say.
_WHEN = (1980, 1, 1, 0, 0, 0)


def members(solution: str, api: str = API, variant: Variant = "key") -> dict[str, bytes]:
    """Everything inside the zip, by name."""
    folder = PLACE / "solution" / solution
    parts = {"Workflows": _roots(folder, "Workflows", "*.data.xml")}
    parts["Connectors"] = _roots(folder, "Connectors", "*.xml")
    found = {
        "solution.xml": _text(ET.parse(folder / "Other" / "Solution.xml").getroot()),
        "customizations.xml": _customizations(folder, parts, api),
    }
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.suffix == ".json" or name.startswith("environmentvariabledefinitions/"):
            found |= {name: _bound(file.read_text(encoding="utf-8"), api)} if file.is_file() else {}
    if parts["Connectors"]:
        found |= _connector(variant)
    return {"[Content_Types].xml": _content_types(found), **found}


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip that is the same for the same files, wherever and whenever it is made."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.create_system = 0
            archive.writestr(entry, data)
    return out.getvalue()


def main(arguments: Sequence[str]) -> int:
    about = (__doc__ or "").strip()
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("dev.pack_solution", description=about, formatter_class=form)
    parser.add_argument("solution", choices=SOLUTIONS)
    parser.add_argument("out", type=Path, metavar="OUT.zip")
    parser.add_argument("--api", default=API, help="the connector's name in your environment")
    parser.add_argument("--variant", choices=VARIANTS, default="key", help="how people sign in")
    given = parser.parse_args(arguments)
    given.out.write_bytes(packed(members(given.solution, given.api, given.variant)))
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")
    return 0


def _roots(folder: Path, name: str, pattern: str) -> list[ET.Element]:
    return [ET.parse(file).getroot() for file in sorted((folder / name).glob(pattern))]


def _customizations(folder: Path, parts: Mapping[str, Iterable[ET.Element]], api: str) -> bytes:
    """Flows and connectors stand in files of their own, and here in one."""
    root = ET.parse(folder / "Other" / "Customizations.xml").getroot()
    for name, elements in parts.items():
        place = root.find(name)
        assert place is not None, f"Customizations.xml has no {name}"
        place.extend(elements)
    return _bound(_text(root).decode(), api)


def _connector(variant: Variant) -> dict[str, bytes]:
    source = PLACE / "connector"
    definition = (source / variant / "apiDefinition.swagger.json").read_bytes()
    raw = (source / variant / "apiProperties.json").read_text(encoding="utf-8")
    properties = json.loads(raw)["properties"]
    files = {
        "openapidefinition.json": definition,
        "connectionparameters.json": _json(properties["connectionParameters"]),
        "policytemplateinstances.json": _json(properties["policyTemplateInstances"]),
        "iconblob.Png": (source / "icon.png").read_bytes(),
    }
    return {f"Connector/{CONNECTOR}_{name}": data for name, data in files.items()}


def _content_types(names: Iterable[str]) -> bytes:
    root = ET.Element("Types", xmlns=_TYPES)
    for ending in sorted({name.rpartition(".")[2] for name in names}):
        ET.SubElement(root, "Default", Extension=ending, ContentType="application/octet-stream")
    return _text(root)


def _text(root: ET.Element) -> bytes:
    ET.register_namespace("xsi", _XSI)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _bound(text: str, api: str) -> bytes:
    return text.replace(API, api).encode()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
