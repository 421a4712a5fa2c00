"""Sign-in page and the choice of the acting post."""

from __future__ import annotations

from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from axes.decorators import axes_dispatch
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from hengjian.kernel.access.services import assume_duty
from hengjian.kernel.errors import NotVisible
from hengjian.web.access.demo import demo_accounts
from hengjian.web.errors import locked_out
from hengjian.web.requests import HouseRequest


@method_decorator(axes_dispatch, name="dispatch")
class SignIn(LoginView):  # type: ignore[misc]  # allauth has no types
    """allauth's sign-in, behind the lockout; shows the demo accounts in demo mode only."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """The page's context."""
        context: dict[str, object] = super().get_context_data(**kwargs)
        context["demo_accounts"] = demo_accounts() if settings.DEMO else []
        context["oidc"] = bool(settings.SOCIALACCOUNT_PROVIDERS)
        context["expired"] = "expired" in self.request.GET
        return context


sign_in = SignIn.as_view()


class _CodesCount:
    """A wrong code counts like a wrong password: whoever knows the password must not guess the code at leisure."""

    request: HouseRequest

    def _guessed(self) -> dict[str, str]:
        raise NotImplementedError

    def post(self, request: HouseRequest, *args: object, **kwargs: object) -> HttpResponse:
        """No code is looked at while the account is locked from this address."""
        if not AxesProxyHandler.is_allowed(request, self._guessed()):
            return locked_out(request)
        response: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # allauth's view
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        """Count; the lock shows at once."""
        guessed = self._guessed()
        AxesProxyHandler.user_login_failed(
            sender=type(self), credentials=guessed, request=self.request
        )
        if not AxesProxyHandler.is_allowed(self.request, guessed):
            return locked_out(self.request)
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # allauth's view
        return response


class SecondFactor(_CodesCount, AuthenticateView):  # type: ignore[misc]  # allauth has no types
    """The code after the password."""

    def _guessed(self) -> dict[str, str]:
        return {"username": self.stage.login.user.username}


class SecondFactorAgain(_CodesCount, ReauthenticateView):  # type: ignore[misc]  # allauth has no types
    """The code before an act that a stolen session must not do."""

    def _guessed(self) -> dict[str, str]:
        return {"username": self.request.user.get_username()}


second_factor, second_factor_again = SecondFactor.as_view(), SecondFactorAgain.as_view()


@require_POST
@login_required
def assume_post(request: HouseRequest) -> HttpResponse:
    """Act in another of one's own posts from now on."""
    duty = assume_duty(
        actor=request.actor,
        duties=request.duties,
        chosen=request.POST.get("post", ""),
        now=request.now,
    )
    request.session["duty"] = duty.pk
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else "/")


def closed(request: HouseRequest) -> HttpResponse:
    """A route that the house does not offer."""
    raise NotVisible
