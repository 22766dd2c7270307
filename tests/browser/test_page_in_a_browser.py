"""The page in a real browser without a window: on a laptop, on a phone, light and dark, printed, without a network."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from fake_results import make_experiment, seal, write_cell, write_history, write_hypotheses, write_run, write_texts
from playwright.sync_api import sync_playwright

from erac_vaml.page.summary import summarise
from erac_vaml.plan import algorithm_runs, grid_cells

pytestmark = pytest.mark.slow

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
INSTALL = Path(__file__).parents[1] / "debian_packages.sh"
LAPTOP, PHONE, A4 = (1280, 800), (390, 844), (680, 960)
LABEL = "A task whose label is rather long (with a remark)"
GRIDS = {
    "figure1": {"task": "mt", "vary": {"actor_critic.tau": [0.0, 0.02, 0.045, 0.5]}, "metric": "test_bleu"},
    "table3": {"task": "mt", "vary": {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.001, 0.1, 1.0]}},
    "weights": {"task": "mt", "algorithm": "raml", "vary": {"raml.tau": [1.0, 0.4]}, "metric": "test_bleu"},
}

OVERFLOW = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter(element => element.scrollWidth > element.clientWidth + 1
    && ["hidden", "clip"].includes(getComputedStyle(element).overflowX))
  .map(element => element.outerHTML.slice(0, 80))"""
CONTRASTS = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = channel => (channel /= 255) <= .04045 ? channel / 12.92 : ((channel + .055) / 1.055) ** 2.4;
  const luminance = colour => .2126 * light(colour[0]) + .7152 * light(colour[1]) + .0722 * light(colour[2]);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = rgb(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
  };
  const found = {};
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
    const [bright, dark] = [luminance(rgb(getComputedStyle(element).color)), luminance(ground(element))]
      .sort((one, other) => other - one);
    found[`${element.tagName}.${element.className}`] = (bright + .05) / (dark + .05);
  }
  return found;
}"""


TASKS = {
    "a reproduction": {
        "mt": {"paper_setting": "mt", "label": LABEL},
        "second": {"paper_setting": "captioning", "algorithms": ["mle", "raml"]},
    },
    "one's own": {"mt": {"label": LABEL, "algorithms": ["mle", "raml", "vaml", "erac"]}},
}


@pytest.fixture(scope="module", params=TASKS, ids=lambda name: name.replace(" ", "-"))
def path(request, tmp_path_factory):
    """Write the page of an experiment of which some runs are missing and some diverged; return its path."""
    results = tmp_path_factory.mktemp("results")
    experiment = make_experiment(TASKS[request.param], ablations=GRIDS)
    write_texts(results, sentences=30)
    scores = np.linspace(20, 22, 9)
    for place, algorithm in enumerate(("mle", "raml", "vaml", "erac")):
        write_cell(results, experiment, "mt", algorithm, scores + place)
    for name in ("figure1", "weights"):
        last = grid_cells(experiment, name)[-1]
        for run in last.runs[:4]:
            write_run(results, run, status="diverged" if name == "figure1" else "finished")
    for number, algorithm in enumerate(("mle", "raml", "vaml", "erac", "raml@raml.tau=0.4")):
        for run in (results / "runs" / "mt" / algorithm).iterdir():
            write_hypotheses(run, [f"the sentence {number * (line % 2)} is not the other one ." for line in range(30)])
            write_history(run, [10.0, 15.0, 20.0])
    run = algorithm_runs(experiment, "mt", "mle")[0]
    seal(results / run.path, code="f" * 40 + "+changes")
    summarise(experiment, results)
    return results / "report.html"


def find_browser():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="module")
def browser():
    if find_browser() is None:
        done = subprocess.run([INSTALL, "chromium-headless-shell"], capture_output=True, text=True)
        if done.returncode == 3:
            pytest.skip(done.stdout.strip().splitlines()[-1])
        assert done.returncode == 0, done.stdout + done.stderr
    with sync_playwright() as playwright:
        # Chromium has no sandbox of its own where everything is run by root, as in most containers.
        running = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser, path):
    """Yield a function that opens the page at a size and in a colour scheme; it returns the page and its faults."""
    contexts = []

    def open_page(size, scheme="light"):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        contexts.append(context)
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url) if leaves_the_page(request.url) else None)
        page.goto(path.as_uri())
        return page, faults

    def leaves_the_page(url):
        return not url.startswith("data:") and url != path.as_uri()

    yield open_page
    for context in contexts:
        context.close()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_nothing_overflows_the_window(opened, size, scheme):
    page, faults = opened(size, scheme)
    unfold(page)
    content, window = page.evaluate(OVERFLOW)
    assert content == window == size[0]
    assert page.evaluate(CUT_OFF) == []
    assert faults == []


def test_print_fits_on_paper(opened):
    page, _ = opened(A4)
    unfold(page)
    page.emulate_media(media="print")
    content, sheet = page.evaluate(OVERFLOW)
    assert content == sheet
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(opened, scheme):
    page, _ = opened(LAPTOP, scheme)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


def test_light_and_dark_differ(opened):
    colours = [
        opened(LAPTOP, scheme)[0].evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colours[0] != colours[1]


def test_every_picture_is_shown(opened):
    page, _ = opened(LAPTOP)
    unfold(page)
    pictures = page.evaluate(
        "Promise.all([...document.images].map(image => image.decode().then(() => image.naturalWidth)))"
    )
    # Figure 1, a grid, the forest plot; learning curves and a breakdown of each task.
    assert len(pictures) in (1 + 1 + 1 + 2 * 2, 1 + 1 + 1 + 2 * 1)
    assert min(pictures) > 300


def test_every_link_leads_to_something_that_is_then_seen(opened, path):
    page, _ = opened(LAPTOP)
    targets = page.evaluate("[...new Set([...document.querySelectorAll('a')].map(link => link.getAttribute('href')))]")
    inside = [target for target in targets if target.startswith("#")]
    assert len(inside) > 13
    for target in inside:
        page.locator(f'a[href="{target}"]').first.evaluate("link => link.click()")
        assert page.locator(f"[id='{target.removeprefix('#')}']").is_visible(), target
    beside = [path.parent / unquote(target) for target in targets if not target.startswith("#")]
    assert len(beside) > 40
    assert [target for target in beside if not target.exists()] == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_contents_stay_in_view_and_hide_nothing_that_they_lead_to(opened, size):
    page, _ = opened(size)
    for target in ("#curves", "#runs", "#top"):
        page.locator(f'nav a[href="{target}"]').evaluate("link => link.click()")
        contents = page.locator("nav").bounding_box()
        assert 0 <= contents["y"] <= 1
        below = contents["x"] + contents["width"] < page.locator(target).bounding_box()["x"]
        assert below or page.locator(target).bounding_box()["y"] >= contents["height"] - 1 or target == "#top"


def test_the_page_is_short_until_it_is_unfolded(opened):
    """More than half of it is folded."""
    page, _ = opened(LAPTOP)
    height = "document.documentElement.scrollHeight"
    folded = page.evaluate(height)
    unfold(page)
    assert folded < page.evaluate(height) / 2


def test_a_claim_unfolds_its_evidence(opened):
    page, _ = opened(LAPTOP)
    claim = page.locator(".claim").first
    if claim.count():
        assert not claim.locator("dl").is_visible()
        claim.locator("summary").click()
        assert claim.locator("dl").is_visible()


def test_the_marks_of_the_chart_lie_on_their_axis(opened):
    page, _ = opened(LAPTOP)
    tracks, marks = (
        page.evaluate(f"[...document.querySelectorAll('{name}')].map(one => one.getBoundingClientRect().toJSON())")
        for name in (".chart a .track", ".chart .bar, .chart .dot")
    )
    left, right = tracks[0]["left"] - 8, tracks[0]["right"] + 8
    assert {(track["left"], track["right"]) for track in tracks} == {(tracks[0]["left"], tracks[0]["right"])}
    assert len(marks) >= 2 * len(tracks)
    assert all(left <= mark["left"] <= mark["right"] <= right for mark in marks)
