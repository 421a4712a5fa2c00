"""A seeded maker of hostile and valid tables: 22 classes, each file with the causes it may be given."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hengjian.kernel.files.workbook import Kind
from hengjian.kernel.files.workbook_reasons import Reason

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file; `causes` empty means it must be read and give `rows` (header first)."""

    title: str
    kind: Kind
    content: bytes
    causes: frozenset[Reason] = frozenset()
    rows: tuple[tuple[str, ...], ...] = ()


def sheet_xml(rows: list[list[str]], extra: str = "") -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for column, cell in enumerate(row)
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    data = "".join(lines)
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>{extra}</worksheet>'


def parts(sheet: str) -> dict[str, bytes]:
    texts = {
        "[Content_Types].xml": (
            f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": (
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        SHEET: sheet,
    }
    return {name: text.encode() for name, text in texts.items()}


def archive(content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in content.items():
            file.writestr(name, data)
    return buffer.getvalue()


def valid(rng: random.Random) -> Sample:
    rows = [["名称", "数量"]]
    rows += [[f"厂{rng.randint(1, 999)}", f"{rng.randint(1, 10**6)}.5"] for _ in range(5)]
    table = tuple(tuple(row) for row in rows)
    if rng.random() < 0.5:
        return Sample("valid xlsx", "xlsx", archive(parts(sheet_xml(rows))), rows=table)
    encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030"])
    text = "\r\n".join(",".join(row) for row in rows)
    return Sample(f"valid csv {encoding}", "csv", text.encode(encoding), rows=table)


def _plain(rng: random.Random) -> dict[str, bytes]:
    return parts(sheet_xml([["a", "b"], [str(rng.random()), "1"]]))


def _with(rng: random.Random, name: str, data: bytes = b"<x/>") -> bytes:
    return archive(_plain(rng) | {name: data})


def _sheet(xml: str) -> bytes:
    return archive(parts(xml))


def _bomb(rng: random.Random) -> bytes:
    return _with(rng, "xl/media/image1.bin", b"\0" * rng.randint(110, 213) * 2**20)


def _lying_sizes(rng: random.Random) -> bytes:
    """The directory says a few bytes; the data inflate to many."""
    content = bytearray(archive(_plain(rng) | {"xl/big.xml": b"<a>" + b" " * 10**6}))
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/big.xml"))
    struct.pack_into("<I", content, entry + 24, rng.randint(1, 50))
    return bytes(content)


def _far_cell(rng: random.Random) -> bytes:
    cell = rng.choice(["XFD1048576", "A1048576", "XFD1", "AAA3"])
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    body = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row>'
    return _sheet(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')


def _entity_bomb(rng: random.Random) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, rng.randint(6, 10)))
    dtd = f'<!DOCTYPE w [<!ENTITY l0 "ha">{levels}]>'
    return _sheet(HEAD + dtd + sheet_xml([["a"], ["&l5;"]]).removeprefix(HEAD))


def _xxe(rng: random.Random) -> bytes:
    target = rng.choice(["file:///etc/passwd", "http://127.0.0.1/x", "file:///dev/zero"])
    padding = f"<!--{' ' * rng.randint(0, 70_000)}-->"
    dtd = f'{padding}<!DOCTYPE w [<!ENTITY x SYSTEM "{target}">]>'
    return _sheet(HEAD + dtd + sheet_xml([["a"], ["&x;"]]).removeprefix(HEAD))


def _many_parts(rng: random.Random) -> bytes:
    return archive(_plain(rng) | {f"xl/p{n}.xml": b"" for n in range(rng.randint(600, 10_000))})


def _bad_name(rng: random.Random) -> bytes:
    name = rng.choice(["../../etc/cron.d/x", "/etc/passwd", "xl/../../x", "C:\\x", "xl/a\x01b"])
    return _with(rng, name)


def _encrypted(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        noise = rng.randbytes(2000)
        return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise + "EncryptedPackage".encode("utf-16-le")
    content = bytearray(archive(_plain(rng)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def _macro(rng: random.Random) -> bytes:
    return _with(rng, rng.choice(["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"]))


def _dde(rng: random.Random) -> bytes:
    link = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return _with(rng, f"xl/externalLinks/externalLink{rng.randint(1, 9)}.xml", link.encode())


def _external(rng: random.Random) -> bytes:
    return _with(rng, f"XL/ExternalLinks/_rels/externalLink{rng.randint(1, 9)}.xml.rels")


def _merge_flood(rng: random.Random) -> bytes:
    count = rng.randint(50_000, 150_000)
    merged = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, count))
    return _sheet(sheet_xml([["a", "b"], ["1", "2"]], f"<mergeCells>{merged}</mergeCells>"))


def _style_flood(rng: random.Random) -> bytes:
    formats = '<xf numFmtId="14"/>' * rng.randint(200_000, 900_000)
    styles = f'{HEAD}<styleSheet xmlns="{MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>'
    return _with(rng, "xl/styles.xml", styles.encode())


def _string_flood(rng: random.Random) -> bytes:
    """Forty million characters in millions of strings: cheap to send, dear to hold."""
    strings = "<si><t>a</t></si>" * rng.randint(5_000_000, 5_500_000)
    shared = f'{HEAD}<sst xmlns="{MAIN}">{strings}</sst>'
    content = _plain(rng) | {"xl/sharedStrings.xml": shared.encode()}
    rels = content["xl/_rels/workbook.xml.rels"].decode()
    extra = f'<Relationship Id="r9" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    content["xl/_rels/workbook.xml.rels"] = rels.replace("</Rel", f"{extra}</Rel", 1).encode()
    return archive(content)


def _dense(rng: random.Random) -> bytes:
    """A rectangle of 20,001 rows by 702 columns with a cell at each corner."""
    body = '<row r="1"><c r="A1"><v>1</v></c></row><row r="20001"><c r="ZZ20001"><v>1</v></c></row>'
    return _sheet(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>')


def _utf16(rng: random.Random) -> bytes:
    content = _plain(rng)
    text = content[SHEET].decode().replace("UTF-8", "UTF-16")
    return archive(content | {SHEET: text.encode("utf-16")})


def _truncated(rng: random.Random) -> bytes:
    content = archive(_plain(rng))
    return content[: rng.randint(5, len(content) - 30)]


def _flipped(rng: random.Random) -> bytes:
    """One bit of the compressed sheet; the checksum must notice."""
    content = bytearray(archive(_plain(rng)))
    start = content.index(SHEET.encode()) + len(SHEET)
    end = content.index(b"PK\x01\x02")
    content[rng.randint(start, end - 1)] ^= 1 << rng.randint(0, 7)
    return bytes(content)


def _renamed(rng: random.Random) -> bytes:
    return rng.choice(
        [
            b"a,b\r\n1,2\r\n",
            b"<html><table><tr><td>1</td></tr></table></html>",
            b"%PDF-1.7",
            b"\x7fELF",
        ]
    )


def _not_a_workbook(rng: random.Random) -> bytes:
    return archive({f"readme{rng.randint(1, 9)}.txt": b"hello"})


def _old_format(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.randbytes(3000)
    return _with(rng, "xl/workbook.bin")


def _duplicate(rng: random.Random) -> bytes:
    return _with(rng, SHEET.upper())


def _csv_nul(rng: random.Random) -> bytes:
    return b"a,b\r\n" + bytes([rng.randint(65, 90), 0]) + b",2\r\n"


def _csv_mixed(rng: random.Random) -> bytes:
    return (
        "名称,数\r\n".encode()
        + "济南".encode("gb18030")
        + b"\xff\xff,1\r\n"
        + rng.randbytes(9)
        + b"\xff"
    )


def _csv_wide(rng: random.Random) -> bytes:
    return b",".join([b"x"] * rng.randint(201, 5000)) + b"\r\n"


def _csv_long(rng: random.Random) -> bytes:
    return b"a,b\r\n" + b"x" * rng.randint(2_001, 900_000) + b",1\r\n"


def _csv_quote(rng: random.Random) -> bytes:
    return b'a,b\r\n"' + b"1,2\r\n" * rng.randint(1, 300)


Maker = Callable[[random.Random], bytes]
CORRUPT = {Reason.CORRUPT}
CLASSES: tuple[tuple[str, Kind, Maker, set[Reason]], ...] = (
    ("inflate bomb", "xlsx", _bomb, {Reason.INFLATES}),
    ("lying sizes", "xlsx", _lying_sizes, CORRUPT),
    ("far cell", "xlsx", _far_cell, {Reason.TOO_MANY_CELLS}),
    ("dense rectangle", "xlsx", _dense, {Reason.TOO_MANY_CELLS}),
    ("entity bomb", "xlsx", _entity_bomb, {Reason.ENTITY}),
    ("external entity", "xlsx", _xxe, {Reason.ENTITY}),
    ("many parts", "xlsx", _many_parts, {Reason.TOO_MANY_PARTS}),
    ("unsafe name", "xlsx", _bad_name, {Reason.UNSAFE_NAME}),
    ("duplicate name", "xlsx", _duplicate, {Reason.UNSAFE_NAME}),
    ("encrypted", "xlsx", _encrypted, {Reason.ENCRYPTED}),
    ("macro", "xlsx", _macro, {Reason.MACRO}),
    ("dde", "xlsx", _dde, {Reason.EXTERNAL_LINK}),
    ("external link", "xlsx", _external, {Reason.EXTERNAL_LINK}),
    ("utf-16 part", "xlsx", _utf16, {Reason.ENCODING}),
    ("truncated", "xlsx", _truncated, CORRUPT),
    ("flipped bit", "xlsx", _flipped, CORRUPT),
    ("renamed", "xlsx", _renamed, {Reason.WRONG_KIND}),
    ("not a workbook", "xlsx", _not_a_workbook, {Reason.WRONG_KIND}),
    ("old format", "xlsx", _old_format, {Reason.OLD_FORMAT}),
    ("csv with nul", "csv", _csv_nul, {Reason.NUL}),
    ("csv of mixed encodings", "csv", _csv_mixed, {Reason.ENCODING}),
    ("csv too wide", "csv", _csv_wide, {Reason.TOO_MANY_CELLS}),
    ("csv long cell", "csv", _csv_long, {Reason.CELL_TOO_LONG}),
    ("csv open quote", "csv", _csv_quote, {Reason.CORRUPT, Reason.CELL_TOO_LONG, Reason.RAGGED}),
)
# Floods that a parser carries without harm: refused or read rightly, both are answers.
BEARABLE: tuple[tuple[str, Maker], ...] = (
    ("merged cells", _merge_flood),
    ("styles", _style_flood),
    ("strings", _string_flood),
)


def hostile(title: str, seed: int, each: int) -> Iterator[Sample]:
    """`each` files of one class, the same for the same seed."""
    for name, kind, make, causes in CLASSES:
        for number in range(each if name == title else 0):
            rng = random.Random(f"{seed} {name} {number}")
            yield Sample(f"{name} {number}", kind, make(rng), frozenset(causes))
