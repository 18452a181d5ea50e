"""What is deployed of an earlier and of a newer version: the build of this folder with other sources in it.

Packages of others are taken as they are here; an earlier version that locks others would get those of this one.
"""

import io
import shutil
import subprocess
import tarfile

import yaml

from local.programs import ROOT
from tests.aws.template import Loader

DEPLOYED = ("template.yaml", "functions", "layers")
PRESENT, NEWER = "998.0.0", "999.0.0"
NEW_FORM = {
    "lytics_cm/row_messages.py": (
        ("return base64.b64encode", 'return "~" + base64.b64encode'),
        ("base64.b64decode(text,", 'base64.b64decode(text.removeprefix("~"),'),
    ),
}
"""How the newer version differs: it sends rows in a form that only it can read, beside the present one."""


def landed():
    """The last landed commit that what is here differs from, in what is deployed; None in a copy without history."""
    if git("status", "--porcelain", "--", *DEPLOYED):
        return git("rev-parse", "HEAD")
    last = git("log", "-1", "--first-parent", "--format=%H", "--", *DEPLOYED)
    return last and git("rev-parse", "--quiet", "--verify", f"{last}^")


def git(*words):
    """What git answers; None when it fails, as in a shallow copy or in one without git."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], check=False, capture_output=True, text=True)
    return done.stdout.strip() or None if done.returncode == 0 else None


def earlier(built, folder):
    """The version before: that of the last landed commit. Where there is no history, this one under the same name."""
    shutil.copytree(built, folder, symlinks=True)
    if commit := landed():
        sources = folder / "sources"
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit, *DEPLOYED], check=True, capture_output=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as found:
            found.extractall(sources, filter="data")
        _put(sources, folder)
    return folder


def present(built, folder):
    """This version, under a name that tells it from the earlier one."""
    return _changed(built, folder, {"lytics_cm/version.py": _called(PRESENT)})


def newer(built, folder):
    """A version to come, whose messages this one cannot read."""
    return _changed(built, folder, {"lytics_cm/version.py": _called(NEWER), **NEW_FORM})


def _called(version):
    return (('VERSION = "', f'VERSION = "{version}" or "'),)


def _changed(built, folder, changes):
    """A copy of a build with some texts of the layer replaced; what was compiled of it is taken as it is, so it goes."""
    shutil.copytree(built, folder, symlinks=True)
    layer = folder / "CommonLayer/python"
    for name, replaced in changes.items():
        text = (layer / name).read_text()
        for old, new in replaced:
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        (layer / name).write_text(text)
    for compiled in list((layer / "lytics_cm").rglob("__pycache__")):
        shutil.rmtree(compiled)
    return folder


def _put(sources, folder):
    """Replace a build's own code and template by these."""
    template = yaml.load((sources / "template.yaml").read_text(), Loader=Loader)
    for name, resource in template["Resources"].items():
        match resource["Type"]:
            case "AWS::Serverless::Function":
                shutil.rmtree(folder / name, ignore_errors=True)
                shutil.copytree(sources / resource["Properties"]["CodeUri"], folder / name)
                resource["Properties"]["CodeUri"] = name
            case "AWS::Serverless::LayerVersion":
                ours = folder / name / "python/lytics_cm"
                shutil.rmtree(ours)
                shutil.copytree(sources / resource["Properties"]["ContentUri"] / "lytics_cm", ours)
                resource["Properties"]["ContentUri"] = name
    (folder / "template.yaml").write_text(yaml.safe_dump(template, sort_keys=False))
