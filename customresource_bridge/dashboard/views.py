"""What Django calls for each address of the pages. Who may come here, Horizon has seen to."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.dead_letters import chosen, redrive
from customresource_bridge.dashboard.asked_for import choices, selection
from customresource_bridge.dashboard.links import linked
from customresource_bridge.dashboard.pages import request_page, said
from customresource_bridge.dashboard.user_session import readers_of
from customresource_bridge.protocol.printing import in_clear, one_line
from customresource_bridge.visibility.reading import Readers
from customresource_bridge.visibility.showing import show_request, show_resource


class ReadersMixin:
    """A view that asks the services with the rights of the user who is logged in."""

    request: HttpRequest
    open_readers: Callable[[Any, Any], Readers] = staticmethod(readers_of)

    @property
    def readers(self) -> Readers:
        """The services."""
        return self.open_readers(self.request.user, settings)

    def beside(self, name: str) -> str:
        """Return the address of another page of the panel that the user is in."""
        match = self.request.resolver_match
        return str(reverse(f"{match.namespace}:{name}" if match else name))


class RequestsView(ReadersMixin, TemplateView):
    """The requests of a project, or of all; its bridges and dead letters."""

    template_name = "customresource_bridge/requests.html"
    all_projects = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        readers, query = self.readers, self.request.GET.dict()
        page = request_page(readers, selection(query, all_projects=self.all_projects))
        project = readers.project_id() or ""
        return super().get_context_data(
            **kwargs,
            page_title="Custom resources",
            page=page,
            notes=page.notes,
            groups=[(group.title, linked(group, project)) for group in page.groups],
            all_projects=self.all_projects,
            choices=choices(query),
            stack=query.get("stack", ""),
            now=readers.now(),
            redrive=self.beside("redrive"),
        )


class StepsView(ReadersMixin, TemplateView):
    """One request step by step."""

    template_name = "customresource_bridge/steps.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        readers, query = self.readers, self.request.GET
        notes: list[str] = []

        def ask() -> Any:
            if query.get("request"):
                return show_request(readers, query["request"])
            return show_resource(readers, query.get("stack", ""), query.get("resource", ""))

        found = said(ask, notes, "its steps are not shown")
        return super().get_context_data(
            **kwargs,
            page_title="Custom resources: one request",
            found=found,
            notes=[*map(in_clear, notes), *(found.notes if found else ())],
            index=self.beside("index"),
        )


class RedriveView(ReadersMixin, View):
    """Puts a dead letter of the user's project back into its queue."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put it back, and return to the list."""
        readers, name = self.readers, cast(str, request.POST.get("name", ""))
        try:
            for letter in chosen(readers.zaqar, name):
                redrive(readers.zaqar, letter, now=readers.now())
                messages.success(request, f"{letter.name} is back in {letter.queue}")
        except errors.CustomResourceError as error:
            messages.error(request, one_line(in_clear(str(error))))
        return HttpResponseRedirect(self.beside("index"))
