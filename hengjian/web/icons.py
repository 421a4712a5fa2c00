"""Names of the Lucide icons in the sprite; the build fails on a name that Lucide does not have."""

ICONS: frozenset[str] = frozenset(
    """
    activity arrow-left arrow-right badge-check bell briefcase building-2 calendar-check
    calendar-days camera chart-line check chevron-down chevron-left chevron-right circle-alert
    circle-check circle-help circle-user clipboard-check clipboard-list clipboard-pen clock
    columns-3 database download eye factory file-check file-spreadsheet file-text file-up filter
    flag gauge hash history house inbox info key-round keyboard layers list-checks lock log-out
    mail-question map map-pin megaphone menu message-square-text monitor network paperclip pencil
    pen-line plus printer receipt-text refresh-cw rotate-ccw route scale search send settings
    shield shield-alert shield-check siren smartphone stamp ticket-check triangle-alert undo-2
    upload user-check users weight wifi-off x
    """.split()
)
