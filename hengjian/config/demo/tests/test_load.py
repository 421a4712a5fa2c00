"""The whole demo in a database, under the worker's role, as ``hengjian demo`` loads it."""
import time
import pytest
from datetime import date
from hengjian.config.demo.load import load_demo
from hengjian.monitoring.models import Alert, Verdict
from tests.support.roles import as_loader_now
from hengjian.measures.models import Report

TODAY = date(2026, 11, 23)

@pytest.mark.django_db
def test_scratch(capsys):
    t=time.time()
    with capsys.disabled():
        print(load_demo(TODAY, lambda s: print(round(time.time()-t,1), s)), time.time()-t)
        as_loader_now()
        print(Report.objects.count())
        for a in Alert.objects.select_related('site'): print(a.site, a.subject, a.severity, a.first,a.last,a.observed,a.expected,a.evidence)
        for v in Verdict.objects.select_related('site'): print(v.site, v.subject, v.verdict, v.observed, v.expected)
