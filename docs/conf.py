"""Sphinx's settings; `make docs` builds the pages, and fails for a broken link or reference."""

import re

project = "customresource-bridge"
author = "the customresource-bridge team"
copyright = "the customresource-bridge team, Apache License 2.0"  # noqa: A001 - Sphinx's own name
extensions = ["myst_parser"]
# Of these, README.md is the index of a clone, package.md that of a package index; figures are parts of a page.
exclude_patterns = ["_build", "README.md", "package.md", "reference/figures"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "alabaster"
html_title = "customresource-bridge"

# Links that leave docs/ are right in the repository; on the pages they lead to what stands for them.
_ELSEWHERE = {
    r"\]\(\.\./\.\./CHANGELOG\.md": "](../reference/changelog.md",
    r"\]\(CHANGELOG\.md": "](docs/reference/changelog.md",
    r"\]\(SECURITY\.md": "](docs/contributor/security.md",
    r"\[([^\]]+)\]\(LICENSE\)": r"\1",
    r"\]\(\.\./docs/": "](../",  # of workflows/README.md, which is shown by a page of reference/
    r"\]\(\.\./\.\./workflows/README\.md": "](../reference/workflows.md",
    r"\]\(\.\./\.\./README\.md(#[^)]*)?": "](../index.md",
    r"\[([^\]]+)\]\(\.\./\.\./devstack/README\.md\)": r"\1",
    r"\[([^\]]+)\]\((\.\./)*(workflows/|devstack/)?[a-z/-]+\.(yaml|py|json)\)": r"\1",
}


def setup(app):  # noqa: ANN001, ANN201 - Sphinx's hook
    """Register what is done to each page before it is read."""
    app.connect("source-read", lambda _app, _page, content: _translate_links(content))
    app.connect("include-read", lambda _app, _path, _page, content: _translate_links(content))


def _translate_links(content):  # noqa: ANN001, ANN202
    for link, page in _ELSEWHERE.items():
        content[0] = re.sub(link, page, content[0])
