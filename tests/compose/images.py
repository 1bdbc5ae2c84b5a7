"""The images of a trial: a base that is pulled or made of Debian's packages, and ours on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.compose.engine import Engine, NoEngine
from tests.conftest import ROOT

DOCKERFILE = ROOT / "deploy/containers/Dockerfile"
FOUNDATIONS = ROOT / "deploy/containers/foundations.Dockerfile"
OWN_BASE = "localhost/latu-base:bootstrapped"
PACKAGES = "python3,python3-venv,ca-certificates"


@dataclass(frozen=True)
class Source:
    """Where a trial gets its parts from; what is empty is found out.

    `base` is an image, `mirror` one of Debian's archives, `ca` a file of certificates that packages are fetched by,
    `index` the address of a package index.
    """

    base: str = ""
    mirror: str = ""
    ca: str = ""
    index: str = ""


def default_base() -> str:
    """The base image that the Dockerfile names."""
    found = re.search(r"^ARG BASE=(\S+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise AssertionError("the Dockerfile names no base image")
    return found.group(1)


def make_base(engine: Engine, source: Source, folder: Path) -> str:
    """The base image: the one that is named, or the usual one, or else one of Debian's packages.

    Raises:
        NoEngine: none of them is to be had.
    """
    wanted = source.base or default_base()
    if engine.has(wanted) or engine.run("pull", "--quiet", wanted, check=False).returncode == 0:
        return wanted
    if source.base:
        raise NoEngine(f"the base image {source.base} is not here and cannot be pulled")
    if not engine.has(OWN_BASE):
        _bootstrap(engine, source, folder / "rootfs")
    return OWN_BASE


def _bootstrap(engine: Engine, source: Source, root: Path) -> None:
    if not shutil.which("debootstrap"):
        raise NoEngine("images cannot be pulled here, and debootstrap is not installed to make one")
    release = _os_release()
    mirror = source.mirror or _mirror(release)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, root, mirror],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    for waste in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / waste, ignore_errors=True)
    tar = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
    environment = {**os.environ, **engine.environment}
    subprocess.run(
        [engine.name, "import", "-", OWN_BASE],
        stdin=tar.stdout,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    if tar.wait():
        raise NoEngine("the files of the base image could not be packed")
    shutil.rmtree(root)


def _os_release() -> str:
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.MULTILINE)
    if found is None:
        raise NoEngine("images cannot be pulled here, and this machine is no Debian to make one from")
    return found.group(1)


def _mirror(release: str) -> str:
    listed = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    told = subprocess.run(listed, capture_output=True, text=True, check=False).stdout
    for line in told.splitlines():
        address, _, of = line.partition(" ")
        if of == release:
            return address
    raise NoEngine(
        "images cannot be pulled here, and apt knows no archive to make one from: --mirror names one"
    )


def build(engine: Engine, source: Source, base: str, folder: Path) -> dict[str, str]:
    """Build both images on a base; gives their names by what they are for."""
    names = {"latu": "localhost/latu:trial", "foundations": "localhost/latu-foundations:trial"}
    shared = ["build", "--network", "host", "--build-arg", f"BASE={base}", *_secrets(source, folder)]
    if engine.name == "podman":
        shared += ["--format", "docker"]
    for name, file in (("foundations", FOUNDATIONS), ("latu", DOCKERFILE)):
        engine.run(*shared, "--file", file, "--tag", names[name], ROOT)
    return names


def _secrets(source: Source, folder: Path) -> list[str]:
    ca = source.ca or os.environ.get("PIP_CERT", "")
    index = source.index or os.environ.get("PIP_INDEX_URL", "")
    lines = [
        "[global]",
        *([f"index-url = {index}"] if index else []),
        *(["cert = /etc/pip-ca.pem"] if ca else []),
    ]
    place = folder / "pip.conf"
    place.write_text("\n".join(lines) + "\n")
    given = ["--secret", f"id=pip-conf,src={place}"]
    return [*given, "--secret", f"id=pip-ca,src={ca}"] if ca else given
