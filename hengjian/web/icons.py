"""Names of the Lucide icons in the sprite; the build fails on a name that Lucide does not have."""

ICONS: frozenset[str] = frozenset(
    """
    arrow-right bell briefcase building-2 calendar-days camera chart-line check chevron-down
    chevron-left chevron-right circle-alert circle-check circle-user clipboard-check
    clipboard-list clipboard-pen clock columns-3 download eye factory file-check
    file-spreadsheet file-text file-up gauge history house inbox info key-round keyboard
    lock log-out mail-question map-pin menu message-square-text monitor paperclip pencil
    plus printer receipt-text refresh-cw scale search send settings shield-alert
    shield-check siren smartphone stamp triangle-alert undo-2 upload user-check users x
    """.split()
)
