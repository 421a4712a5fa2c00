"""The catalogue of detectors as a page: docs/detectors.md, generated from the detectors themselves.

python -m hengjian.monitoring.catalogue
"""

import inspect
from collections.abc import Sequence
from pathlib import Path

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors import rules
from hengjian.monitoring.detectors.detector import HITS, VERDICTS, Detector, Rule
from hengjian.monitoring.parameters import Parameter, Parameters, load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "detectors.md"
HEAD = N_(
    "# 监测规则目录\n\n本页由 `python -m hengjian.monitoring.catalogue` 生成，勿手工修改。"
    "规则只读数据、不写数据；命中不等于违法，须经人核实。可信度为 to_verify 的依据和参数在据以决定之前应当核实。"
)
PARAMETERS_HEAD = N_("| 参数 | 适用范围 | 数值 | 单位 | 起 | 止 | 依据 | 可信度 |")
BASIS_HEAD = N_("| 依据 | 条款 | 内容（概括） | 可信度 |")
VERDICTS_HEAD = N_("| 判定 | 含义 |")
HITS_HEAD = N_("| 列 | 类型 | 含义 |")
HITS_TITLE = N_("## 命中的列（各规则相同，均不得为空）")
SHARED = {
    "runs": N_("## 运行与分级（各规则共用）"),
    "panel": N_("## 分期数据的历史（各分期规则共用）"),
    "calibration": N_("## 证据强度的校准（各分期规则共用）"),
}
EXAMPLES = N_("检验用例：`hengjian/monitoring/cases/{code}.yml`")
SEVERITY = N_("严重程度：{severity}")


def page(parameters: Parameters) -> str:
    """The whole page in Markdown."""
    parts = [HEAD]
    parts += [_section(detector, parameters) for detector in rules().values()]
    columns = [(f"`{c.name}`", f"`{c.type}`", c.meaning) for c in HITS.columns]
    for name, title in SHARED.items():
        parts += [title, _table(PARAMETERS_HEAD, _values(name, parameters))]
    parts += [HITS_TITLE, _table(HITS_HEAD, columns)]
    return "\n\n".join(parts) + "\n"


def _section(detector: Rule, parameters: Parameters) -> str:
    basis = [(b.title, b.clause, b.gist, b.confidence) for b in detector.legal_basis]
    verdicts = [(f"`{verdict}`", text) for verdict, text in VERDICTS.items()]
    said = [_table(VERDICTS_HEAD, verdicts)] if isinstance(detector, Detector) else []
    return "\n\n".join(
        (
            f"## {detector.code} {detector.title}",
            inspect.cleandoc(type(detector).__doc__ or ""),
            SEVERITY.format(severity=detector.severity.value),
            _table(BASIS_HEAD, basis),
            _table(PARAMETERS_HEAD, _values(detector.code, parameters)),
            *said,
            EXAMPLES.format(code=detector.code),
        )
    )


def _values(rule: str, parameters: Parameters) -> list[tuple[str, ...]]:
    return [
        (f"`{row.name}`", row.scope, row.value, row.unit, *_dates(row), row.basis, row.confidence)
        for row in parameters.rows
        if row.rule == rule
    ]


def _dates(row: Parameter) -> tuple[str, str]:
    return str(row.effective_from), str(row.effective_to or "")


def _table(head: str, rows: Sequence[tuple[str, ...]]) -> str:
    rule = "|" + " --- |" * (head.count("|") - 1)
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([head, rule, *body])


if __name__ == "__main__":
    PAGE.write_text(page(load()), encoding="utf-8")
