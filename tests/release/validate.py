"""Holds a list of parts against the schema of CycloneDX, and unpacks an archive; with Python's own libraries and CycloneDX's."""

import sys
import zipfile

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

parts, archive, folder = sys.argv[1:]
with open(parts, encoding="utf-8") as file:
    fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(file.read())
if fault:
    sys.exit(f"{parts}: {fault}")
zipfile.ZipFile(archive).extractall(folder)
