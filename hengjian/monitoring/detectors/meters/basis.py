"""The clauses that the rules over electricity meters rest on."""

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.detector import LegalBasis

ACCURACY = LegalBasis(
    title=N_("中华人民共和国计量法"),
    clause=N_("第十六条"),
    gist=N_("使用计量器具不得破坏其准确度，损害国家和消费者的利益"),
    confidence="to_verify",
)
THEFT = LegalBasis(
    title=N_("电力供应与使用条例"),
    clause=N_("第三十一条"),
    gist=N_("禁止故意使用电计量装置计量不准或者失效、绕越用电计量装置用电等窃电行为"),
    confidence="to_verify",
)
