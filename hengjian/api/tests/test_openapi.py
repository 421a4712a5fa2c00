"""docs/openapi.json is the contract that senders build against: a change of the API shows in its diff.

To write it anew: HENGJIAN_WRITE_OPENAPI=1 pytest hengjian/api/tests/test_openapi.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from hengjian.api.server import api

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_the_committed_contract_is_in_step() -> None:
    schema = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    if os.environ.get("HENGJIAN_WRITE_OPENAPI"):
        text = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False)
        COMMITTED.write_text(text + "\n", encoding="utf-8")
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == schema
    assert {"/api/v1/reports/{report_id}", "/api/v1/batches", "/api/v1/batches/file"} <= set(
        schema["paths"]
    )
