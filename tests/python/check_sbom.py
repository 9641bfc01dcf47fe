"""A second reader of the bills of materials: each is valid under CycloneDX's own
schema, and holds nothing but what Cargo.lock says.

    python check_sbom.py FILE...

Needs fastjsonschema, and the schemas that cyclonedx-python-lib carries
(tests/supply-chain.txt); of the latter no code is run.
"""

import copy
import importlib.util
import json
import pathlib
import sys
import tomllib

import fastjsonschema

SCHEMAS = pathlib.Path(importlib.util.find_spec("cyclonedx").submodule_search_locations[0])
LOCK = pathlib.Path(__file__).parents[2] / "Cargo.lock"


def schema(name):
    return json.loads((SCHEMAS / "schema" / "_res" / name).read_text())


def local(uri):
    """The schemas refer to each other by address; they are here."""
    name = uri.rsplit("/", 1)[-1].split("#")[0]
    return schema(name)


def locked():
    packages = tomllib.loads(LOCK.read_text())["package"]
    return {(p["name"], p["version"]): p.get("checksum") for p in packages}


def wrong_contents(bill, lock):
    for component in bill["components"]:
        key = component["name"], component["version"]
        hashes = [h["content"] for h in component.get("hashes", []) if h["alg"] == "SHA-256"]
        if key not in lock:
            yield f"{key} is not in Cargo.lock"
        elif hashes != ([lock[key]] if lock[key] else []):
            yield f"{key} has another checksum than in Cargo.lock"


def main(paths):
    validate = fastjsonschema.compile(
        schema("bom-1.5.SNAPSHOT.schema.json"), handlers={"http": local, "https": local}
    )

    def invalid(bill):
        """What the schema has against it; nothing if it is valid."""
        try:
            validate(bill)
            return ""
        except fastjsonschema.JsonSchemaException as error:
            return error.message[:400]

    lock = locked()
    for path in paths:
        bill = json.loads(pathlib.Path(path).read_text())
        if fault := invalid(bill):
            sys.exit(f"{path} is not valid CycloneDX 1.5: {fault}")
        for wrong in wrong_contents(bill, lock):
            sys.exit(f"{path}: {wrong}")
        # What is planted is found, and not told: it would be taken for the bill's own.
        broken = copy.deepcopy(bill)
        del broken["components"][0]["type"]
        other = copy.deepcopy(bill)
        hashed = next(c for c in other["components"] if "hashes" in c)
        hashed["hashes"][0]["content"] = "0" * 64
        if not invalid(broken) or not list(wrong_contents(other, lock)):
            sys.exit("a broken bill was not noticed")
        print(f"{path}: {len(bill['components'])} components, valid, as locked")
    if not paths:
        sys.exit("no bill")


main(sys.argv[1:])
