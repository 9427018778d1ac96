"""A lesson in a real browser: JupyterLab opens it without a word, runs it, and shows what it made."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbook import notebooks
from workbook.catalogue import ROOT

STEP = 1

SECONDS = 90
"""What anything that the browser is waited for may take."""

PARTS = ("steps", "solutions", "workbook", "notebooks", "tests/s01_echo", "tests/s05_commands")
NOISE = shutil.ignore_patterns("__pycache__", ".*", "mistakes", "accepted")

POP_UPS = ".jp-Dialog, .Toastify__toast"
PROMPTS = '[...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]'
NONE_HAS_RUN = (
    f"() => {PROMPTS}.length > 9 && {PROMPTS}.every(one => /\\[ \\]/.test(one.textContent))"
)
PREDICTED = '.jp-MarkdownCell:has(strong:text-is("Predict, then run.")) + .jp-CodeCell'
ALL_HAVE_RUN = f"() => {PROMPTS}.every(one => /\\[\\d+\\]/.test(one.textContent))"


@pytest.fixture
def repository(tmp_path) -> Path:
    """A copy, for JupyterLab writes into the notebook that it has run."""
    root = tmp_path / "repository"
    for name in PARTS:
        shutil.copytree(ROOT / name, root / name, ignore=NOISE)
    for name in ("checker.py", "pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def address(repository, tmp_path) -> Iterator[str]:
    """What `checker.py notebook` prints as the address of the lesson, while that is there."""
    foreign = ("PYTEST_", "COV_", "JUPYTER", "STEPS_OVERLAY", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    folders = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    own = {name: str(tmp_path / name.lower()) for name in folders}
    settings = tmp_path / "jupyter_config_dir/lab/user-settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)  # else only the cells that are seen are in the page
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    words = ["--no-browser", "--ServerApp.port=0", "--allow-root"]
    with subprocess.Popen(
        [sys.executable, "checker.py", "notebook", str(STEP), *words],
        cwd=repository,
        env={**kept, **own, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as lab:
        said = ""
        for line in lab.stdout:
            said += line
            if found := re.search(r"http://\S+:(\d+)/\S+\?token=\w+", line):
                break
        else:
            pytest.fail(f"JupyterLab did not start:\n{said}", pytrace=False)
        try:
            until_open(found[1])
            yield found[0]
        finally:
            lab.send_signal(2)
            rest, _ = lab.communicate(timeout=SECONDS)
    assert lab.returncode == 0, said + rest
    assert "WARNING" not in said + rest


def until_open(port: str) -> None:
    """Waits until the port takes connections: JupyterLab prints its address a moment before."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("localhost", int(port)), SECONDS).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < end, "JupyterLab prints an address that takes no connection"


def choose(page, menu: str, entry: str) -> None:
    """Clicks on an entry of a menu."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


@pytest.mark.timeout(4 * SECONDS)
def test_a_lesson_runs_in_jupyterlab(page, address):
    page.goto(address)
    name = notebooks.of(str(STEP), ROOT).name
    page.get_by_role("tab", name=name).wait_for()
    drawing = page.locator(".jp-RenderedSVG img").first
    drawing.wait_for()  # it is trusted: what is stored is shown before anything has run
    assert not page.locator(POP_UPS).count()

    predicted = page.locator(PREDICTED)
    predicted.nth(4).wait_for()  # text is rendered a little later
    assert not page.locator(f"{PREDICTED} .jp-OutputArea-output").count()

    page.locator("[data-status='idle']").first.wait_for()  # the kernel is there
    choose(page, "Edit", "Clear Outputs of All Cells")  # what is seen from now on is made now
    page.wait_for_function(NONE_HAS_RUN)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(ALL_HAVE_RUN)

    for cell in predicted.all():
        assert cell.locator(".jp-OutputArea-output").count()

    plot = page.locator(".jp-RenderedImage img[src^='data:image/png']").first
    assert plot.evaluate("image => image.complete && image.naturalWidth") > 300
    verdict = page.locator(".jp-RenderedHTML pre", has_text="not written yet").first
    assert "1.1" in verdict.inner_text()
    assert "Next: write 1.1 Listen" in verdict.inner_text()
    assert not page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
    assert not page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
    assert not page.locator(POP_UPS).count()

    verdict.get_by_role("link").click()  # the place of the code, which opens in the editor
    page.get_by_role("tab", name="server.py").wait_for()
