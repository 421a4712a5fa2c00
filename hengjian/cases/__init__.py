"""问题与说明: where monitoring and the mechanisms meet (plan E1, M2.6, M4).

A problem has a handler and a deadline from its first moment; the handler proposes the outcome and someone
else closes it. An inquiry asks the enterprise for an explanation; it holds the question and nothing of what
led to it. History is the audit alone.
"""
