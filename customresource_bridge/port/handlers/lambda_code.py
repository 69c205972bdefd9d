"""Takes a Lambda function's code out of the template: its file, its environment, and what it imports.

It does not run the code, and it does not fetch code that lies elsewhere.
"""

import ast
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.port.beside import NO_CODE, CodeFolder, Files
from customresource_bridge.port.context import Context
from customresource_bridge.port.functions.estimate import gaps, likely_text, text_with_gaps
from customresource_bridge.port.functions.table import FUNCTIONS
from customresource_bridge.port.handlers.code_folders import folder_of, main_text
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.constants import constant_text
from customresource_bridge.port.template.tree import function_of, key_line

_PYTHON_DISTRIBUTIONS = {
    "PIL": "Pillow",
    "OpenSSL": "pyOpenSSL",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cfn_resource_provider": "cfn-resource-provider",
    "Crypto": "pycryptodome",
    "dateutil": "python-dateutil",
    "dns": "dnspython",
    "jwt": "PyJWT",
    "psycopg2": "psycopg2-binary",
    "yaml": "PyYAML",
}
_NODE_BUILTINS = frozenset(
    [
        "assert",
        "buffer",
        "child_process",
        "crypto",
        "dns",
        "events",
        "fs",
        "http",
        "http2",
        "https",
        "net",
        "os",
        "path",
        "perf_hooks",
        "process",
        "querystring",
        "readline",
        "stream",
        "string_decoder",
        "timers",
        "tls",
        "tty",
        "url",
        "util",
        "v8",
        "vm",
        "worker_threads",
        "zlib",
    ]
)
_NODE_IMPORT = re.compile(r"""(?:require\(\s*|from\s+|import\s+|import\(\s*)['"]([^'"]+)['"]""")


_BUILD_TIME = re.compile(
    r"\{\{[^\n]*\}\}|<%[^\n]*%>|%%[^\n]*%%|@@[^\n]*@@|__[A-Z0-9_]+__|<[A-Za-z0-9_. -]+>|\$\{file\([^\n]*\)\}|file://\S+"
)
"""Placeholders that tools fill in before a template is used: code is never one line of this form."""
_NODE_NAME = re.compile(r"(?:@[a-z0-9][a-z0-9._~-]*/)?[A-Za-z0-9][A-Za-z0-9._~-]*")
"""A package's name in npm; what only looks like an import in a bundle is none."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BOOTSTRAP = "bootstrap"
"""What Lambda runs for a runtime that is the user's own."""
_MOST_NAMES = 6
_MOST_LETTERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A Lambda function's code and how it wants to be called.

    :ivar language: ``python``, ``nodejs``, or what else the runtime says.
    :ivar module: the file without its ending, and the function in it, as Handler names them.
    :ivar text: the code of that file; None where it lies elsewhere.
    :ivar folder: all of the function's code, where it lies beside the template.
    :ivar where: where the code lies if it is not inline, in words.
    :ivar timeout: seconds.
    :ivar environment: its variables with the values that they have or most likely have; empty where only a stack knows.
    """

    language: str
    module: str
    function: str
    text: str | None
    where: str
    timeout: int
    environment: Mapping[str, str]
    folder: CodeFolder = field(default=NO_CODE, repr=False)

    @property
    def files(self) -> Files:
        """The files of its folder."""
        return self.folder.files

    @property
    def is_here(self) -> bool:
        """Whether the code is in the template, or beside it."""
        return self.text is not None or bool(self.files)

    @property
    def file(self) -> str:
        """The name of its source file."""
        return f"{self.module}.{'py' if self.language == 'python' else 'js'}"


def code_of(name: str, ctx: Context) -> Code:
    """Return the code of the Lambda function ``name``; what cannot be taken over is reported."""
    properties = ctx.template.function_properties(name)
    location = SourceLocation(name, key_line(ctx.template.resources[name], "Properties"))
    runtime = likely_text(properties.get("Runtime"), ctx) or "python3"
    module, _, function = (likely_text(properties.get("Handler"), ctx) or "index.handler").rpartition(".")
    text = _text(properties, ctx, location)
    language = re.sub(r"[0-9.x]+.*", "", runtime)
    for key in ("VpcConfig", "Layers", "FileSystemConfigs"):
        if key in properties:
            where = location.at(key_line(properties, key))
            ctx.report.todo(f"Lambda {key}", where, "it is the provider's surroundings here", "provide what it gives")
    for key in ("Events", "FunctionUrlConfig"):
        if key in properties:
            where = location.at(key_line(properties, key))
            ctx.report.todo(f"Lambda {key}", where, "the provider answers custom resources only", "call it otherwise")
    module = _module(module, "/" if language == "nodejs" else ".")
    folder = folder_of(ctx.template.resources[name], properties, ctx.options.read_folder) if text is None else NO_CODE
    if language not in {"python", "nodejs"} and _BOOTSTRAP not in folder.files:
        reason = f"the provider calls what is written for {runtime[:40]} by its program `{_BOOTSTRAP}`"
        ctx.report.todo("Runtime", location, reason, "put that into the handler's folder, as for a custom runtime")
    return Code(
        language=language,
        module=module,
        function=re.sub(r"[^A-Za-z0-9_]", "_", function) or "handler",
        text=text if text is not None else main_text(folder.files, language, module),
        folder=folder,
        where=folder.problem or _where(properties),
        timeout=_timeout(likely_text(properties.get("Timeout"), ctx) or ""),
        environment=_environment(properties, ctx, location),
    )


def _module(path: str, separator: str) -> str:
    parts = [re.sub(r"[^A-Za-z0-9_.-]", "_", part).strip(".") for part in path.split("/")]
    return separator.join(part for part in parts if part) or "index"


def _text(properties: Mapping[str, Any], ctx: Context, location: SourceLocation) -> str | None:
    code = properties.get("Code")
    value = code.get("ZipFile") if isinstance(code, dict) else None
    where = key_line(code, "ZipFile") if isinstance(code, dict) else key_line(properties, "InlineCode")
    value = value if value is not None else properties.get("InlineCode")
    if value is None:
        return None
    if build_time_source(value):
        return None
    text = constant_text(value)
    if text is not None:
        return text
    left = gaps(value)
    names = ", ".join(left[:_MOST_NAMES]) + (" and more" if len(left) > _MOST_NAMES else "")
    ctx.report.todo(
        "ZipFile",
        location.at(where),
        f"the code is computed from the stack: {names}",
        "fill in the ${...} that were left in it",
    )
    return text_with_gaps(value)


def build_time_source(value: Any) -> str:
    """Return what a build puts in for inline code, in words; empty where the code is there."""
    name, argument = function_of(value) or ("", None)
    if name and name not in FUNCTIONS:
        file = constant_text(argument) or "a file"
        return f"{file[:_MOST_LETTERS]}, which {name.removeprefix('Fn::')} puts in when it is built"
    text = value.strip() if isinstance(value, str) else ""
    return f"what a build puts in for {text[:_MOST_LETTERS]}" if _BUILD_TIME.fullmatch(text) else ""


def _where(properties: Mapping[str, Any]) -> str:
    code = properties.get("Code")
    inline = code.get("ZipFile") if isinstance(code, dict) else properties.get("InlineCode")
    if inline is not None:
        return build_time_source(inline)
    if isinstance(code, dict) and "ImageUri" in code:
        return f"the container image {text_with_gaps(code['ImageUri'])}"
    if isinstance(code, dict) and "S3Key" in code:
        return f"the S3 object {text_with_gaps(code['S3Key'])}"
    elsewhere = properties.get("CodeUri") or code
    return text_with_gaps(elsewhere) if elsewhere else "no place that the template names"


def _timeout(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < int(text) <= 900 else 60  # noqa: PLR2004 - Lambda's own limit


def _environment(properties: Mapping[str, Any], ctx: Context, location: SourceLocation) -> dict[str, str]:
    environment = properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    found: dict[str, str] = {}
    for name, value in variables.items() if isinstance(variables, dict) else ():
        where = location.at(key_line(variables, name))
        if not _VARIABLE.fullmatch(name):
            ctx.report.lost("Lambda Environment", where, "no variable can have such a name", "rename it")
            continue
        found[name] = (likely_text(value, ctx) or "").replace("\0", "")
        if value is not None and constant_text(value) is None:
            ctx.report.todo(
                "Lambda Environment", where, _computed(name, value, found[name]), "set it in environment.json"
            )
    return found


def _computed(name: str, value: Any, likely: str) -> str:
    origin = " ".join(text_with_gaps(value).split())
    what = f"{name} is {origin[:_MOST_LETTERS]} of the stack"
    what += f", by default {likely[:_MOST_LETTERS]}" if likely else ""
    return " ".join(what.split())


def requirements(code: Code, ctx: Context, location: SourceLocation) -> list[str]:
    """Return what the code imports that neither its language nor the provider brings."""
    if code.text is None:
        return []
    if code.language == "nodejs":
        names = {_node_package(name) for name in _NODE_IMPORT.findall(code.text)}
        return sorted(name for name in names - _NODE_BUILTINS if _NODE_NAME.fullmatch(name))
    if code.language != "python":
        return []
    try:
        modules = _imports(ast.parse(code.text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        ctx.report.blocking("ZipFile", location, "the code is no Python 3", "correct it, and list what it imports")
        return []
    if "botocore.vendored" in code.text:
        reason = "the code imports botocore.vendored, which botocore has no more"
        ctx.report.blocking("ZipFile", location, reason, "import requests itself, and list it in requirements.txt")
    beside = {name.split("/")[0].removesuffix(".py") for name in code.files}
    outside = modules - set(sys.stdlib_module_names) - {code.module} - beside
    return sorted({_PYTHON_DISTRIBUTIONS.get(name, name) for name in outside})


def _imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def _node_package(name: str) -> str:
    if name.startswith((".", "/", "node:")):
        return ""
    parts = name.split("/")
    return "/".join(parts[:2]) if name.startswith("@") else parts[0]
