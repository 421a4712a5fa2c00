"""Sign-in, account and error pages for `preview.py`."""

from typing import Any

from django import forms

Pages = dict[str, tuple[str, dict[str, Any]]]
QR = (
    "data:image/svg+xml;utf8,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 21 21'%3E"
    "%3Cpath d='M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 9h3v3H9zM14 14h3v3h-3z'/%3E%3C/svg%3E"
)
NOBODY: dict[str, Any] = {"user_name": "", "posts": [], "nav": []}


class _Login(forms.Form):
    login = forms.CharField(label="用户名")
    password = forms.CharField(label="密码", widget=forms.PasswordInput)


class _Code(forms.Form):
    code = forms.CharField(
        label="验证码",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class _Passwords(forms.Form):
    oldpassword = forms.CharField(label="原密码", widget=forms.PasswordInput)
    password1 = forms.CharField(
        label="新密码",
        widget=forms.PasswordInput,
        help_text="不少于 10 位，含大小写字母、数字、符号中的三类；不与最近 5 次相同。",
    )
    password2 = forms.CharField(label="再输一次", widget=forms.PasswordInput)


def pages() -> Pages:
    """Return page name → template and context."""
    accounts = [
        {
            "role": "省级监管员",
            "scope": "山东省",
            "username": "sheng.chu",
            "password": "Demo-2026-a",
        },
        {
            "role": "市级监管员",
            "scope": "日照市",
            "username": "rizhao.city",
            "password": "Demo-2026-b",
        },
        {
            "role": "企业填报员",
            "scope": "岚海特钢有限公司",
            "username": "lanhai.report",
            "password": "Demo-2026-c",
        },
    ]
    code = _Code()
    code.secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"  # type: ignore[attr-defined]
    sessions = [
        {
            "created_at": None,
            "ip": "10.20.30.40",
            "user_agent": "Chromium 86 / UOS",
            "is_current": True,
        },
        {
            "created_at": None,
            "ip": "10.20.30.77",
            "user_agent": "360 安全浏览器 13 / Windows 10",
            "is_current": False,
        },
    ]
    fault = {
        "status": 404, "title": "没有找到这一页", "request_id": "01JD8Z6K3N9QW2", "static_ok": True,
        "message": "地址有误，或该内容不在您的监管范围内。请从左侧导航或搜索重新进入；确需查看请联系上级单位。",
    }  # fmt: skip
    return {
        "login": (
            "account/login.html",
            {**NOBODY, "form": _Login(), "demo_accounts": accounts, "oidc": True},
        ),
        "login_error": ("account/login.html", {**NOBODY, "form": _failed_login()}),
        "mfa_authenticate": ("mfa/authenticate.html", {**NOBODY, "form": _Code()}),
        "mfa_index": ("mfa/index.html", {"authenticators": {}}),
        "totp": ("mfa/totp/activate_form.html", {"form": code, "totp_svg_data_uri": QR}),
        "codes": (
            "mfa/recovery_codes/index.html",
            {
                "unused_codes": ["4821 9930", "1177 0286", "5530 7719"],
                "total_count": 10,
                "can_view_codes": True,
                "can_download_codes": True,
            },
        ),
        "password": ("account/password_change.html", {"form": _Passwords()}),
        "reauthenticate": ("account/reauthenticate.html", {**NOBODY, "form": _Login()}),
        "sessions": (
            "usersessions/usersession_list.html",
            {"sessions": sessions, "session_count": 2},
        ),
        "error": ("errors/error.html", fault),
    }


def _failed_login() -> forms.Form:
    form = _Login({"login": "rizhao.city", "password": "x"})
    form.add_error(None, "用户名或密码不正确。再错 3 次将锁定 15 分钟。")
    return form
