"""Settings, all from the environment (docs/settings.md lists each; a test keeps that list complete)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hengjian.config.env import database, env_bool, env_int, env_str
from hengjian.kernel.text import N_

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
PACKAGE_DIR = Path(__file__).resolve().parents[1]

DEMO = env_bool("HENGJIAN_DEMO", default=False)
DEBUG = env_bool("HENGJIAN_DEBUG", default=False)
PROCESS = env_str("HENGJIAN_PROCESS", "web")
DATA_DIR = Path(env_str("HENGJIAN_DATA_DIR", str(BASE_DIR / "data")))
FILES_DIR = DATA_DIR / "files"
LAKE_DIR = DATA_DIR / "lake"
DEMO_PASSWORD = env_str("HENGJIAN_DEMO_PASSWORD", "Hengjian-2026")
DEMO_DATE = env_str("HENGJIAN_DEMO_DATE", "")
ALLOWED_HOSTS = env_str("HENGJIAN_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in env_str("HENGJIAN_TRUSTED_ORIGINS", "").split(",") if o]

_URLS = {
    "owner": "HENGJIAN_DATABASE_URL",
    "web": "HENGJIAN_WEB_DATABASE_URL",
    "worker": "HENGJIAN_WORKER_DATABASE_URL",
}
if PROCESS not in _URLS:
    raise ImproperlyConfigured(N_("设置 HENGJIAN_PROCESS 应为 owner、web 或 worker"))
# Without an address only commands that need no database work (help, makemigrations, type checks).
_DATABASE_URL = env_str(_URLS[PROCESS], "postgresql:///hengjian")
DATABASES = {
    "default": {
        **database(_DATABASE_URL),
        "CONN_MAX_AGE": env_int("HENGJIAN_CONNECTION_SECONDS", 300),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = env_str(
    "HENGJIAN_SECRET_KEY",
    hashlib.sha256(str(BASE_DIR).encode()).hexdigest() if DEMO or DEBUG else "",
)
LEAST_SECRET = 50
if 0 < len(SECRET_KEY) < LEAST_SECRET and PROCESS != "owner":
    raise ImproperlyConfigured(N_("设置 HENGJIAN_SECRET_KEY 太短，至少 50 个字符"))
SECRET_IS_SET = bool(SECRET_KEY)
if not SECRET_KEY:
    # Only the owner's and test commands may run without a secret; web and worker check it at start.
    SECRET_KEY = "unset-" + "0" * 44

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "hengjian.kernel.regions",
    "hengjian.kernel.audit",
    "hengjian.kernel.access",
    "hengjian.kernel.people",
    "hengjian.kernel.files",
    "hengjian.kernel.jobs",
    "hengjian.registry",
    "hengjian.measures",
    "hengjian.cases",
    "hengjian.monitoring",
    "hengjian.web",
    "hengjian.api",
]

MIDDLEWARE = [
    "hengjian.kernel.access.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hengjian.web.kernel.probe.HealthMiddleware",
    "hengjian.web.errors.ErrorPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hengjian.kernel.access.middleware.TransactionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "hengjian.kernel.access.middleware.ActorMiddleware",
]

ROOT_URLCONF = "hengjian.config.urls"
WSGI_APPLICATION = "hengjian.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.templatetags.l10n",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hengjian.web.context.frame",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", N_("简体中文"))]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE_DIR / "web" / "static"  # built by assets/build.py; served as it lies
WHITENOISE_MAX_AGE = 300
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Sign-in
AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesBackend",
    "hengjian.kernel.access.backends.HouseBackend",
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "hengjian.kernel.access.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "hengjian.kernel.access.adapters.SocialAccountAdapter"
MFA_ADAPTER = "hengjian.kernel.access.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = False  # django-axes locks; token buckets throttle (docs/decisions/0003)
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = N_("衡鉴")
USERSESSIONS_TRACK_ACTIVITY = False
PASSWORD_PROFILE = env_str("HENGJIAN_PASSWORD_PROFILE", "dengbao3")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "hengjian.kernel.access.passwords.ProfileValidator"},
    {"NAME": "hengjian.kernel.access.passwords.HistoryValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SOCIALACCOUNT_PROVIDERS = {}
SOCIALACCOUNT_ONLY = False
if OIDC_SERVER := env_str("HENGJIAN_OIDC_SERVER_URL", ""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "province",
                "name": N_("省统一身份认证"),
                "client_id": env_str("HENGJIAN_OIDC_CLIENT_ID"),
                "secret": env_str("HENGJIAN_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER},
            }
        ]
    }
AXES_FAILURE_LIMIT = env_int("HENGJIAN_LOCKOUT_FAILURES", 5)
AXES_COOLOFF_TIME = env_int("HENGJIAN_LOCKOUT_MINUTES", 15) / 60
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "hengjian.kernel.access.passwords.lockout_name"
AXES_CLIENT_IP_CALLABLE = "hengjian.kernel.access.requests.client_address"
AXES_LOCKOUT_CALLABLE = "hengjian.web.errors.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SESSION_IDLE_MINUTES = env_int("HENGJIAN_SESSION_IDLE_MINUTES", 15)
SESSION_ABSOLUTE_HOURS = env_int("HENGJIAN_SESSION_ABSOLUTE_HOURS", 8)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Transport and headers. Behind a TLS proxy the cookies carry the __Host- prefix; the demo serves plain loopback.
SECURE = env_bool("HENGJIAN_TLS", default=not (DEMO or DEBUG))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
# Cookies ignore ports: two demos in one browser must not sign each other out.
_SUFFIX = "-" + hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8] if DEMO else ""
SESSION_COOKIE_NAME = "__Host-session" if SECURE else f"session{_SUFFIX}"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else f"csrf{_SUFFIX}"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hengjian.web.errors.csrf_failed"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env_bool("HENGJIAN_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    n: [] for n in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
BATCH_MAX_BYTES = env_int("HENGJIAN_BATCH_MEGABYTES", 10) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_LIMIT_BYTES = env_int("HENGJIAN_UPLOAD_MEGABYTES", 20) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
RATE_LIMITS = env_bool("HENGJIAN_RATE_LIMITS", default=True)

# The newest day that the runs judge (1: yesterday, 0: today); deadlines are in measures/data/deadlines.csv.
REPORT_DAY_LAG = env_int("HENGJIAN_REPORT_DAY_LAG", 1)
FORM_HEADS = env_str("HENGJIAN_FORM_HEADS", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "hengjian.kernel.access.requests.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env_str("HENGJIAN_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": [], "propagate": False},
        "axes": {"level": "ERROR"},
        "procrastinate.blueprints": {"level": "WARNING"},
        "procrastinate.periodic": {"level": "WARNING"},
    },
}
