"""Tables of cases."""

from hengjian.cases.models.inquiry import Answer, Inquiry
from hengjian.cases.models.problem import Counter, Problem, ProblemInquiry

__all__ = ["Answer", "Counter", "Inquiry", "Problem", "ProblemInquiry"]
