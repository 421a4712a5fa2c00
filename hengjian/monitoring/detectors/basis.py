"""Clauses that several detectors rest on, in careful words."""

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.detector import LegalBasis

TRUE_RETURNS = LegalBasis(
    title=N_("中华人民共和国统计法"),
    clause=N_("第七条"),
    gist=N_(
        "统计调查对象应当真实、准确、完整、及时地提供统计资料，不得提供不真实或者不完整的统计资料"
    ),
    confidence="to_verify",
)
TRUE_ENERGY_REPORT = LegalBasis(
    title=N_("中华人民共和国节约能源法"),
    clause=N_("第五十三条"),
    gist=N_("重点用能单位应当报送能源利用状况报告，内容包括能源消费情况、能源利用效率等"),
    confidence="to_verify",
)
METERED_ENERGY = LegalBasis(
    title=N_("中华人民共和国节约能源法"),
    clause=N_("第二十七条"),
    gist=N_("用能单位应当加强能源计量管理，建立能源消费统计制度，确保统计数据真实、完整"),
    confidence="to_verify",
)
