"""The dashboard's pages in a Django without Horizon: its login and its frame are stood in for."""

from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path, resolve
from visibility_parts import PROJECT, SeenCloud

from customresource_bridge.dashboard.views import RedriveView, RequestsView, StepsView

_FRAME = (
    "<!DOCTYPE html><html><head><title>{% block title %}{% endblock %}</title>{% block css %}{% endblock %}</head>"
    "<body>{% block main %}{% endblock %}</body></html>"
)
CLOUD = SeenCloud()
"""What the pages read; a test gives it other services."""

if not settings.configured:
    settings.configure(
        INSTALLED_APPS=["customresource_bridge.dashboard"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="made up",
        STATIC_URL="/static/",
        USE_TZ=True,
        USE_THOUSAND_SEPARATOR=True,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"base.html": _FRAME}),
                        "django.template.loaders.app_directories.Loader",
                    ]
                },
            }
        ],
    )
    django.setup()


def _readers(user: Any, known: Any) -> Any:
    del user, known
    return CLOUD.readers


def _panel(*, all_projects: bool) -> Any:
    return (
        [
            path("", RequestsView.as_view(open_readers=_readers, all_projects=all_projects), name="index"),
            path("steps/", StepsView.as_view(open_readers=_readers), name="steps"),
            path("redrive/", RedriveView.as_view(open_readers=_readers), name="redrive"),
        ],
        "custom_resources",
    )


def _dashboard(name: str, *more: Any, all_projects: bool) -> Any:
    return path(f"{name}/", include(([path("crb/", include(_panel(all_projects=all_projects))), *more], name)))


def _other(request: HttpRequest, **named: str) -> HttpResponse:
    raise NotImplementedError


_STACKS = path("stacks/", include(([path("stack/<stack_id>/", _other, name="detail")], "stacks")))
_PANELS = [_dashboard("project", _STACKS, all_projects=False), _dashboard("admin", all_projects=True)]
urlpatterns = [path("", include((_PANELS, "horizon")))]


def answered(address: str, cloud: SeenCloud, *, post: dict[str, str] | None = None) -> Any:
    """Return what an address answers, and what was said to the user besides: a response and its messages."""
    CLOUD.heat, CLOUD.mistral, CLOUD.zaqar = cloud.heat, cloud.mistral, cloud.zaqar
    made = RequestFactory()
    request: Any = made.get(address) if post is None else made.post(address, post)
    request.user = SimpleNamespace(project_id=PROJECT)
    request.session = {}
    request._messages = FallbackStorage(request)
    match = request.resolver_match = resolve(request.path)
    response = match.func(request, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    response.told = [str(message) for message in request._messages]
    return response


def shown(address: str, cloud: SeenCloud) -> str:
    """Return the page of an address."""
    response = answered(address, cloud)
    assert response.status_code == 200
    return str(response.content.decode())
