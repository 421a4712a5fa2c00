"""WSGI entry for granian or gunicorn."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from hengjian.kernel.text import N_

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengjian.config.settings")
if not settings.SECRET_IS_SET:
    # However the server was started: sessions and forms must not be signed with a text that everybody knows.
    raise ImproperlyConfigured(N_("缺少设置 HENGJIAN_SECRET_KEY，见 docs/settings.md"))
application = get_wsgi_application()
