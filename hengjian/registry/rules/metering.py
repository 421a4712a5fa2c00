"""When a metering instrument must be verified again (Metrology Law; intervals by its JJG)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hengjian.kernel.text import N_


class VerificationState(StrEnum):
    """Where an instrument stands on a day."""

    VALID = "valid"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    NEVER = "never"
    UNKNOWN_INTERVAL = "unknown_interval"


LABELS = {
    VerificationState.VALID: N_("在检定有效期内"),
    VerificationState.DUE_SOON: N_("即将到期"),
    VerificationState.OVERDUE: N_("超期未检"),
    VerificationState.NEVER: N_("没有检定记录"),
    VerificationState.UNKNOWN_INTERVAL: N_("检定周期未登记"),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """The state, the last valid day and the days left (negative: overdue by)."""

    state: VerificationState
    valid_until: date | None
    days_left: int | None


def add_months(day: date, months: int) -> date:
    """The same day months later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def verification(
    *,
    last: date | None,
    interval_months: int | None,
    certificate_until: date | None,
    today: date,
    warn_days: int,
) -> Verification:
    """The state on `today`.

    The day printed on the certificate decides; without one, the interval counts from the
    verification and ends the day before (verified 10 May 2024, 12 months: valid until 9 May 2025).

    Args:
        last: day of the last verification.
        interval_months: from the regulation of the instrument; None when not registered.
        certificate_until: "valid until" of the certificate.
        today: the day asked about.
        warn_days: how many days before the end it counts as due soon.
    """
    if last is None and certificate_until is None:
        return Verification(VerificationState.NEVER, None, None)
    until = certificate_until
    if until is None and last is not None and interval_months is not None:
        until = add_months(last, interval_months) - timedelta(days=1)
    if until is None:
        return Verification(VerificationState.UNKNOWN_INTERVAL, None, None)
    left = (until - today).days
    if left < 0:
        state = VerificationState.OVERDUE
    else:
        state = VerificationState.DUE_SOON if left <= warn_days else VerificationState.VALID
    return Verification(state, until, left)
