"""Mends three defects in Heat's wildcard types, with which a global ``Custom::*`` would break other people's types.

1. A lookup by a global wildcard stores the wildcard's own entry in the user's environment, marks that shared entry as
   the user's for the whole process, and overwrites what the user had mapped under the name.
2. A wildcard sorts before the exact name it covers, so that another plug-in's exact type is never found.
3. A user's own template for a covered name is checked against our class as its facade, and refused for its parameters.

Each is tested for before it is mended: a Heat without the defect is left alone. ``[custom_resource] wildcard = false``
does without wildcard and mending.
"""

from collections.abc import Callable
from typing import Any

from heat.engine import environment
from heat.engine.resources import template_resource


def repair_wildcards() -> None:
    """Mend what is broken; calling it again changes nothing."""
    if _wildcard_sorts_first():
        environment.ResourceInfo.__lt__ = _exact_first(environment.ResourceInfo.__lt__)
    if _shares_entries():
        environment.ResourceRegistry._register_info = _copying(  # noqa: SLF001 - the defect is in there
            environment.ResourceRegistry._register_info  # noqa: SLF001
        )
    if not getattr(template_resource.TemplateResource, "_custom_resource_facades", False):
        template_resource.TemplateResource._validate_against_facade = _any_property(  # noqa: SLF001
            template_resource.TemplateResource._validate_against_facade  # noqa: SLF001
        )
        template_resource.TemplateResource._custom_resource_facades = True  # noqa: SLF001


def _registry(mapping: dict[str, Any], above: Any = None) -> Any:
    registry = environment.ResourceRegistry(above, {})
    for name, value in mapping.items():
        registry.register_class(name, value)
    return registry


def _wildcard_sorts_first() -> bool:
    registry = _registry({})
    wildcard = environment.ResourceInfo(registry, ["Sample::*"], "Sample")
    exact = environment.ResourceInfo(registry, ["Sample::Exact"], "Sample")
    return bool(wildcard < exact)


def _exact_first(original: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def __lt__(self: Any, other: Any) -> bool:  # noqa: N807 - what it takes the place of
        alike = self.user_resource == other.user_resource and len(self.path) == len(other.path)
        if alike and self.name.endswith("*") != other.name.endswith("*"):
            return bool(other.name.endswith("*"))
        return original(self, other)

    return __lt__


def _shares_entries() -> bool:
    shared = _registry({"Sample": _Sample, "Sample::*": "Sample"})
    user = _registry({}, shared)
    user.get_resource_info("Sample::Some")
    return any(info.user_resource for info in shared.iterable_by("Sample::Some"))


class _Sample:
    """Stands for a resource class while the defect is tested for."""

    class support_status:  # noqa: N801 - Heat's attribute
        """Supported."""

        status = "SUPPORTED"


def _copying(original: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    def _register_info(self: Any, path: list[str], info: Any) -> None:
        if info is None or info.registry is self:
            original(self, path, info)
            return
        # Another registry's entry, found by a lookup: keep what the user has, or a copy of it under the name looked up.
        if path[0] not in self._registry:
            original(self, path, environment.ResourceInfo(self, path, info.value))

    return _register_info


def _any_property(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def _validate_against_facade(self: Any, facade_cls: Any) -> None:
        if not getattr(facade_cls, "accepts_any_property", False):
            original(self, facade_cls)

    return _validate_against_facade
