"""The wheel installs three packages with their data, and no name that a user's own folder could have."""

import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

PACKAGES = {"lara_estimators": "estimators", "lara_studies": "studies", "lara_verify": "."}


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    (path,) = WheelBuilder(str(root)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_wheel_installs_three_packages_and_nothing_else(wheel):
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_wheel_holds_all_code_and_data(wheel, root):
    for package, shelf in PACKAGES.items():
        folder = root / shelf
        ours = {
            path.relative_to(folder).as_posix()
            for path in (folder / package).rglob("*")
            if path.is_file() and not {"__pycache__", ".DS_Store"} & set(path.parts)
        }
        assert ours == {name for name in wheel.namelist() if name.split("/")[0] == package}


def test_wheel_names_its_version_extras_and_licences(wheel):
    import lara_verify

    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Version"] == lara_verify.__version__
    assert set(metadata.get_all("Provides-Extra")) == {"torch", "dask", "plots", "all"}
    assert {Path(path).name for path in metadata.get_all("License-File")} == {"LICENSE", "NOTICE"}
    assert not [need for need in metadata.get_all("Requires-Dist") if "torch" in need and "extra ==" not in need]
