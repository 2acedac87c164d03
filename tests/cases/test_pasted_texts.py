"""What terminals, web pages, mail and programs add to a text that is handed on."""

from __future__ import annotations

import bz2
import difflib
import gzip
import html
import json
import lzma
import quopri
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.bond.report import has_report, parse_reports
from lagg_tool.bond.summary import reports_data
from lagg_tool.cli import main
from lagg_tool.errors import UnreadableError
from lagg_tool.ifconfig import parse
from lagg_tool.ifconfig.summary import summary
from lagg_tool.lagg.diagnosis import diagnose, laggs_of, see
from lagg_tool.pasted_text import cleaned, decoded, encoded, messages
from lagg_tool.verbs.diagnose import rc_variables
from tests.cases import cases
from tests.cases.test_ifconfig_texts import PRINTED, facts
from tests.unit.bond.test_report import printed


def each(form: str) -> Callable[[str], str]:
    """Put every line into a form, which may say its number."""

    def formed(text: str) -> str:
        lines = text.removesuffix("\n").split("\n")
        return "".join(form.format(line, n=n) + "\n" for n, line in enumerate(lines, 1))

    return formed


def escaped(form: str) -> Callable[[str], str]:
    return lambda text: each(form)(html.escape(text))


def around(before: str, after: str = "") -> Callable[[str], str]:
    return lambda text: f"{before}{text}{after}"


def escaped_around(before: str, after: str = "") -> Callable[[str], str]:
    return lambda text: f"{before}{html.escape(text)}{after}"


def word_wrapped(width: int) -> Callable[[str], str]:
    """Break lines at blanks, as mail does."""

    def wrapped(text: str) -> str:
        lines = text.expandtabs().splitlines()
        options: dict[str, Any] = {"break_on_hyphens": False, "replace_whitespace": False}
        return "".join(f"{textwrap.fill(line, width, **options)}\n" for line in lines)

    return wrapped


def cut(width: int) -> Callable[[str], str]:
    """Break lines anywhere, as a terminal of this width does."""
    return lambda text: re.sub(f"(.{{{width}}})(?=.)", r"\1\n", text.expandtabs())


DAMAGE: dict[str, Callable[[str], str]] = {
    "quoted by two": each("> > {}"),
    "quoted, no tabs": lambda text: each("> {}")(text.expandtabs()),
    "indented code": each("    {}"),
    "a tab more": each("\t{}"),
    "cat -n": each("{n:6}\t{}"),
    "grep -n": each("{n}:{}"),
    "comments of a shell": each("# {}"),
    "comments of C": each("// {}"),
    "numbered": each("{n}. {}"),
    "vi": each("{n:3} {}"),
    "numbers and a rule": each("{n:3} | {}"),
    "quoted numbers": each("> {n}: {}"),
    "bullets": each("* {}"),
    "diff": each("+{}"),
    "syslog": each("Nov 27 10:00:00 nas root: {}"),
    "times": each("[2026-11-27 10:00:00] {}"),
    "in quotes": each('"{}",'),
    "in code marks": each("`{}`"),
    "between typographic quotes": lambda text: f"\u201c{text.strip()}\u201d\n",
    "a box": lambda text: "".join(f"│ {li.expandtabs():150} │\n" for li in text.splitlines()),
    "CR": lambda text: text.replace("\n", "\r"),
    "CR CR LF": lambda text: text.replace("\n", "\r\r\n"),
    "line separators": lambda text: text.replace("\n", "\u2028"),
    "as a string": lambda text: f'"stdout": "{text}"'.replace("\n", "\\n").replace("\t", "\\t"),
    "as a string of Windows": lambda text: text.replace("\n", "\\r\\n").replace("\t", "\\t"),
    "as a string over lines": lambda text: f"TEXT = '''{text}'''\n".replace("\t", "\\t"),
    "as strings": lambda text: "".join(
        f'    "{line}\\n",\n'.replace("\t", "\\t") for line in text.splitlines()
    ),
    "as a literal of C": lambda text: "".join(
        f'\t"{line}\\n" \\\n'.replace("\t", "\\t", -1).replace("\\t", "\t", 1)
        for line in text.splitlines()
    ),
    "entities of blanks": lambda text: html.escape(text).replace(" ", "&nbsp;"),
    "escaped twice": lambda text: html.escape(html.escape(text)),
    "numeric entities": lambda text: text.replace("<", "&#x3c;").replace(">", "&#62;"),
    "br": lambda text: html.escape(text).replace("\n", "<br>"),
    "br and line end": lambda text: html.escape(text).replace("\n", "<br />\n"),
    "paragraphs": escaped("<p>{}</p>"),
    "list": escaped('<li class="l">{}</li>'),
    "table": escaped("<tr><td>{}</td></tr>"),
    "table of Markdown": lambda text: "| Output |\n|---|\n" + each("| {} |")(text.expandtabs()),
    "a field of a form": escaped_around("<textarea>", "</textarea>"),
    "coloured page": escaped('<span class="line">{}</span>'),
    "pre": lambda text: f'<pre class="x"><code>{html.escape(text)}</code></pre>',
    "BBCode with a language": around("[CODE=bash]", "[/CODE]"),
    "BBCode quote": around('[QUOTE="bob, post: 1, member: 2"]\n[code]\n', "[/code]\n[/QUOTE]"),
    "BBCode font": around("[SPOILER][FONT=courier new][B]", "[/B][/FONT][/SPOILER]"),
    "chat": around("```", "```"),
    "Markdown": lambda text: re.sub(r"([<>_])", r"\\\1", text),
    "bold": lambda text: re.sub(r"(laggport: .*|MII Status: up)", r"**\1**", text),
    "colours": lambda text: text.replace("up", "\x1b[1;32mup\x1b[0m"),
    "bracketed paste": lambda text: "\x1b[?2004h" + text.replace("\n", "\x1b[K\n"),
    "title of a window": around("\x1b]0;root@nas: ~\x07"),
    "character set": around("\x1b(B\x07"),
    "script(1)": lambda text: (
        "Script started on Fri\nroot@nas:~ # ifconfgi\b \b\b \big -v\r\n"
        + text.replace("\n", "\r\n")
        + "root@nas:~ # ^D\b\bexit\r\n\nScript done on Fri\n"
    ),
    "zero width": each("\u200b{}"),
    "wide blanks": lambda text: text.replace("\t", "\u2003").replace(" ", "\u2007"),
    "Latin-1 blanks": lambda text: text.replace(" ", "\udca0"),
    "misread blanks": lambda text: text.replace(" ", "\u00c2\xa0"),
    "other brackets": lambda text: text.replace("<", "\u2039").replace(">", "\uff1e"),
    "4 columns": lambda text: text.expandtabs(4),
    "mail of 72": word_wrapped(72),
    "mail of 80": word_wrapped(80),
    "mail of 72, quoted": lambda text: each("> {}")(word_wrapped(72)(text)),
    "terminal of 72": cut(72),
    "terminal of 80": cut(80),
    "terminal of 100": cut(100),
    "TrueNAS": around("root@truenas[~]# ifconfig -v\n", "root@truenas[~]#\n"),
    "pfSense": around("[2.7.2-RELEASE][root@pfSense.home.arpa]/root: ifconfig -v\n"),
    "sudo": around("bob@nas:~ $ sudo ifconfig -v\nPassword:\n"),
    "prompt before it": around("root@truenas[~]# "),
    "words before it": around("Here is my output: "),
    "an end that is cut off": lambda text: f"{text}em9: flags=8843<UP,BROADC",
    "a beginning that is cut off": around("AM,LRO>\n\tether 02:00:5e:00:53:77\n"),
}


# How programs hand on what others have printed.
PROGRAMS: dict[str, Callable[[str], str]] = {
    "pdsh": each("nas1: {}"),
    "salt": each("nas1 | {}"),
    "grep of files": each("out/nas1.txt:{}"),
    "grep -n of files": each("out/nas1.txt:{n}:{}"),
    "semicolons": each("; {}"),
    "a name in bold": lambda text: text.replace("\nvlan5:", "\n**vlan5**:"),
    "Ansible's output": lambda text: (
        f"fatal: [nas1]: FAILED! => {json.dumps({'rc': 0, 'stdout': text.removesuffix(chr(10))})}\n"
    ),
    "Ansible's lines": lambda text: f"ok => {json.dumps({'lines': text.splitlines()}, indent=4)}\n",
}


@pytest.mark.parametrize("other", ["nothing", "quoted by two"])
@pytest.mark.parametrize("how", PROGRAMS)
def test_no_fact_of_ifconfig_is_lost_in_what_programs_make_of_it(how: str, other: str) -> None:
    pasted = DAMAGE.get(other, str)(PROGRAMS[how](PRINTED))

    assert pasted != PRINTED
    assert facts(pasted) == facts(PRINTED)
    assert parse(pasted).text == pasted


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def each_flat(text: str, made: Callable[[str], str]) -> str:
    return "".join(f"{made(flat(block))}\n" for block in re.split(r"\n(?=\S)", text.rstrip()))


# What pages without <pre>, and readers that show them, make of several lines, and of commas.
FLAT: dict[str, Callable[[str], str]] = {
    "one line": lambda text: f"My LAGG: {flat(text)}",
    "a line for each": lambda text: each_flat(text, str),
    "blanks behind commas": lambda text: re.sub(r"(?<!switch),(?=\S)", ", ", text),
    "tabs alone": lambda text: text.replace("\n\t", "\t"),
    "filled anew": lambda text: textwrap.fill(flat(text), 72, break_on_hyphens=False),
    "each filled anew": lambda text: each_flat(
        text, lambda block: textwrap.fill(block, 80, break_on_hyphens=False)
    ),
    "filled anew, quoted": lambda text: each("> {}")(FLAT["filled anew"](text)),
}


@pytest.mark.parametrize("how", FLAT)
def test_no_fact_of_ifconfig_is_lost_where_its_lines_are_filled(how: str) -> None:
    pasted = FLAT[how](PRINTED)
    expected, found = facts(PRINTED), facts(pasted)

    for each_found in (*expected, *found):
        if each_found["wlan"]:  # where its lines ended cannot be known
            each_found["wlan"]["text"] = " ".join(each_found["wlan"]["text"]).split()
    assert found == expected
    assert parse(pasted).text == pasted


@pytest.mark.parametrize("how", DAMAGE)
def test_no_fact_of_ifconfig_is_lost_on_the_way(how: str) -> None:
    pasted = DAMAGE[how](PRINTED)

    assert pasted != PRINTED
    assert facts(pasted) == facts(PRINTED)
    assert parse(pasted).text == pasted


def _behind(line: str, words: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"(?m)^(\s*{line}.*)$", rf"\1{words}", text)


# What people write into the output of ifconfig, or change when they type it.
RETYPED: dict[str, Callable[[str], str]] = {
    "a comment": _behind("ether ", "\n# this one is the card of 10G"),
    "two comments": _behind("ether ", "\n# this one is the card of 10G\n# I think"),
    "an indented comment": _behind("laggproto ", "\n\t# to the core switch"),
    "a comment of C": _behind("laggproto ", "\n\t// to the core switch"),
    "comments at ends": _behind("(?:laggport|laggproto|status)\\b", "  # this one"),
    "words between": _behind("laggproto ", "\n(this is wrong, I think)\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "doubled blanks": lambda text: re.sub(r"(?<=\S) (?=\S)", "  ", text),
    "blanks behind commas": lambda text: re.sub("(?<=[A-Z]),(?=[A-Z])", ", ", text),
    "none behind colons": lambda text: re.sub(
        r"(?m)^(\s*(?:laggport|status|media|groups)): ", r"\1:", text
    ),
}


@pytest.mark.parametrize("other", ["nothing", "quoted by two", "a tab more", "syslog"])
@pytest.mark.parametrize("how", RETYPED)
def test_no_fact_of_ifconfig_is_lost_where_somebody_wrote_into_it(how: str, other: str) -> None:
    pasted = DAMAGE.get(other, str)(RETYPED[how](PRINTED))

    assert pasted != PRINTED
    assert facts(pasted) == facts(PRINTED)
    assert parse(pasted).text == pasted


@pytest.mark.parametrize("number", [8, 10, 14, 20, 26])
def test_a_case_has_its_findings_however_it_was_typed(number: int) -> None:
    whole = cases.text(number)

    for how, damage in RETYPED.items():
        assert (how, facts(damage(whole))) == (how, facts(whole))
        assert (how, _causes(damage(whole))) == (how, _causes(whole))


def test_a_prompt_of_root_ends_what_ifconfig_printed() -> None:
    text = f"{PRINTED}# netstat -rn\n\tdefault 192.0.2.254 UGS em0\n"

    assert facts(text) == facts(PRINTED)


def _bonds(text: str) -> list[dict[str, Any]]:
    found = reports_data(parse_reports(text).bonds)
    return [{key: value for key, value in bond.items() if key != "lines"} for bond in found]


@pytest.mark.parametrize("session", ["wire-lacp-negotiate", "wire-failover"])
@pytest.mark.parametrize("how", DAMAGE)
def test_no_fact_of_the_bonding_driver_is_lost_on_the_way(how: str, session: str) -> None:
    plain = printed(session)[0]
    pasted = DAMAGE[how](plain)

    assert has_report(pasted)
    assert _bonds(pasted) == _bonds(plain)
    assert parse_reports(pasted).text == pasted


def test_a_quoted_printable_mail_is_read() -> None:
    mail = quopri.encodestring(PRINTED.encode()).decode()

    assert "flags=3D" in mail
    assert facts(mail) == facts(PRINTED)
    assert parse(mail).text == mail


RC_CONF = """\
hostname="nas.example.org"
ifconfig_em1="up mtu 9000" # the second port
ifconfig_lagg0="laggproto lacp laggport em0 \\
laggport em1 192.0.2.10/24"
"""


def _values(form: str) -> Callable[[str], str]:
    """Write the variables of a text in a form that says name and value."""

    def written(text: str) -> str:
        pairs = re.findall(r'(?m)^(\w+)="([^"]*)"', text.replace("\\\n", ""))
        return "".join(form.format(n=name, v=value) + "\n" for name, value in pairs)

    return written


RC_WAYS: dict[str, Callable[[str], str]] = {
    "sysrc -a": _values("{n}: {v}"),
    "answers of sysrc": _values("{n}: before -> {v}"),
    "commands of sysrc": _values("root@nas:~ # sysrc -f /etc/rc.conf {n}='{v}'"),
    "grep of two files": _values('/etc/rc.conf.local:{n}="{v}"'),
    "grep -n of two files": _values('/etc/rc.conf:7:{n}="{v}"'),
    "echo": _values("echo '{n}=\"{v}\"' >> /etc/rc.conf"),
    "typographic": lambda text: text.replace('"', "\u201d"),
    "in prose": around("It won't work, see\n```\n", "```\nand I \"don't know why\n"),
    "here document": around("cat >> /etc/rc.conf <<EOF\n", "EOF\n"),
}


@pytest.mark.parametrize("how", RC_WAYS)
def test_no_variable_of_rc_conf_is_lost_in_what_prints_or_sets_it(how: str, tmp_path: Path) -> None:
    plain = 'ifconfig_em0="up"\n' + RC_CONF.replace("hostname", "cloned_interfaces")
    whole, pasted = tmp_path / "whole", tmp_path / "pasted"
    whole.write_text(plain, encoding="utf-8")
    pasted.write_text(RC_WAYS[how](plain), encoding="utf-8")

    def words(file: Path) -> dict[str, list[str]]:
        return {name: value.split() for name, value in rc_variables(str(file)).items()}

    assert len(words(whole)) == 4
    assert words(whole).items() <= words(pasted).items()


def test_of_a_diff_of_rc_conf_the_newer_lines_hold(tmp_path: Path) -> None:
    file = tmp_path / "rc.diff"
    file.write_text(
        '--- a/rc.conf\n+++ b/rc.conf\n@@ -1,2 +1,2 @@\n hostname="x"\n-ifconfig_em0="DHCP"\n'
        '+ifconfig_em0="up"\n-ifconfig_em1="DHCP"\n',
        encoding="utf-8",
    )

    assert rc_variables(str(file)) == {"hostname": "x", "ifconfig_em0": "up"}


_NO_RC = {"as a string", "as a string of Windows", "comments of a shell", "comments of C"}


@pytest.mark.parametrize("how", sorted(set(DAMAGE) - _NO_RC))
def test_no_variable_of_rc_conf_is_lost_on_the_way(how: str, tmp_path: Path) -> None:
    whole, pasted = tmp_path / "whole", tmp_path / "pasted"
    whole.write_bytes(encoded(RC_CONF, "utf-8"))
    pasted.write_bytes(encoded(DAMAGE[how](RC_CONF), "utf-8"))

    def words(file: Path) -> dict[str, list[str]]:
        return {name: value.split() for name, value in rc_variables(str(file)).items()}

    assert words(whole).items() <= words(pasted).items()


@pytest.mark.parametrize("before", ["", "> ", "\t"])
def test_a_variable_in_a_comment_is_not_set(before: str, tmp_path: Path) -> None:
    file = tmp_path / "rc.conf"
    file.write_text(
        f'{before}#ifconfig_em0="DHCP"\n{before}# ifconfig_em1="up"\n{before}  # was: a="x" b="y"\n'
        f'{before}hostname="nas # 1"   # cloned_interfaces="x"\n',
        encoding="utf-8",
    )

    assert rc_variables(str(file)) == {"hostname": "nas # 1"}


def test_of_a_unified_diff_the_newer_text_is_read() -> None:
    old = PRINTED.replace("laggproto lacp", "laggproto failover").replace("mtu 1500", "mtu 9000")
    diff = "\n".join(difflib.unified_diff(old.split("\n"), PRINTED.split("\n"), n=99, lineterm=""))

    assert facts(diff) == facts(PRINTED)
    assert parse(diff).text == diff


def test_a_mask_that_somebody_typed_is_one() -> None:
    text = "em0: flags=8843<UP> metric 0 mtu 1500\n\tinet 192.0.2.1 netmask {}\n"

    for mask in ("0xffffff00", "ffffff00", "0ffffff00", "255.255.255.0", "0xFFFFFF00"):
        assert parse(text.format(mask))["em0"].inet[0].prefixlen == 24
    assert "192.0.2.1/" not in summary(parse(text.format("hidden")))


@pytest.mark.parametrize("dots", ["…", "...", "ACTIVITY,…", "UP,..."])
def test_names_that_somebody_left_out_are_those_of_the_number(dots: str) -> None:
    whole = cases.text(10) + cases.text(11)
    short = re.sub(r"(flags|state)=([0-9a-f]+)<[A-Z,]+>", rf"\1=\2<{dots}>", whole)

    assert dots in short
    assert facts(short) == facts(whole)
    assert parse(short).text == short


PFSYNC = """\
pfsync0: flags=41<UP,RUNNING> metric 0 mtu 1500
\tsyncpeer: 224.0.0.240 maxupd: 128 defer: off
\tsyncok: 1
\tgroups: pfsync
"""


@pytest.mark.parametrize("how", DAMAGE)
def test_a_firewalls_lines_are_kept_too(how: str) -> None:
    assert facts(DAMAGE[how](PFSYNC)) == facts(PFSYNC)
    assert parse(re.sub(r"(?m)^\s+", "", PFSYNC))["pfsync0"] == parse(PFSYNC)["pfsync0"]


def test_a_header_alone_that_a_terminal_has_cut_is_whole() -> None:
    text = "em0: flags=8843<UP> metric 0 mtu 150\n0\n\tether 02:00:5e:00:53:01\n"

    assert [each["mtu"] for each in facts(text)] == [1500]


def _causes(text: str) -> list[tuple[str, str]]:
    listing = parse(text)
    return [
        (finding.cause.name, finding.where)
        for name in laggs_of(listing)
        for finding in diagnose(see(name, listing, listing.outside))
    ]


@pytest.mark.parametrize("number", [8, 10, 11, 12, 13, 14, 20, 21, 26, 27])
def test_a_case_has_its_facts_and_findings_however_it_was_handed_on(number: int) -> None:
    whole = cases.text(number)

    for how, damage in DAMAGE.items():
        pasted = damage(whole)
        assert (how, facts(pasted)) == (how, facts(whole))
        assert (how, _causes(pasted)) == (how, _causes(whole))
        assert parse(pasted).text == pasted


@pytest.mark.parametrize("line", ["active ports: 1", "status: active", "laggproto lacp"])
def test_a_remark_beside_a_line_is_no_part_of_it(line: str) -> None:
    pasted = re.sub(f"({line}.*)", r"\1   <---- here!", PRINTED)

    assert facts(pasted) == facts(PRINTED)
    assert "<---- here!" in parse(pasted).outside


def test_what_an_administrator_wrote_stays_as_it_is() -> None:
    text = "em0: flags=8843<UP> metric 0 mtu 1500\n\tdescription: **to** the <- switch &amp; \\_b\n"

    assert facts(text)[0]["description"] == "**to** the <- switch &amp; \\_b"


def test_words_after_the_longest_lines_are_not_taken_for_their_ends() -> None:
    port = "\tlaggport: em{} flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>\n"
    lagg = "lagg0: flags=8843<UP> metric 0 mtu 1500\n\tlaggproto lacp\n"
    text = lagg + port.format(0) + port.format(1) + "so why is it slow\n"

    assert [each.name for each in parse(text)["lagg0"].ports] == ["em0", "em1"]
    assert parse(text).outside == ("so why is it slow",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_file_of_windows_is_read_and_printed_back(
    encoding: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_bytes(PRINTED.replace("\n", "\r\n").encode(encoding))

    assert main(["parse", str(file), "--text"]) == 0
    assert capfdbinary.readouterr().out == file.read_bytes()
    assert main(["parse", str(file), "--json"]) == 0
    read = json.loads(capfdbinary.readouterr().out)["interfaces"]
    assert [each["name"] for each in read] == list(parse(PRINTED).names)


@given(st.binary(max_size=60))
def test_the_bytes_of_any_file_come_back(data: bytes) -> None:
    try:
        text, encoding = decoded(data)
    except UnreadableError:
        return
    assert encoded(text, encoding) == data


@pytest.mark.parametrize(
    ("data", "program"),
    [
        (gzip.compress(b"x", mtime=0), "gunzip"),
        (bz2.compress(b"x"), "bunzip2"),
        (lzma.compress(b"x"), "unxz"),
        (b"\x28\xb5\x2f\xfd\x00", "unzstd"),
    ],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
@pytest.mark.parametrize("option", ["", "--dmesg", "--rc-conf"])
def test_a_compressed_file_is_refused_with_the_way_out(
    data: bytes, program: str, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, packed = tmp_path / "pasted.txt", tmp_path / "messages.0"
    good.write_text(PRINTED, encoding="utf-8")
    packed.write_bytes(data)

    words = [str(good), option, str(packed)] if option else [str(packed)]

    assert main(["diagnose", *words]) == 2
    assert f"unpack it with {program} first" in capsys.readouterr().err


def test_a_message_that_syslogd_counted_was_said_as_often() -> None:
    log = "a kernel: em1: x\r\na last message repeated 3 times\nb last message repeated 2 times\n"

    assert messages(log).count("a kernel: em1: x") == 6
    assert len(messages("x\nlast message repeated 999999999 times\n")) < 2000


@pytest.mark.parametrize(
    "piece", ["\x1b[", "\x1b]", "&lt;", "&amp;", "[code", "<p ", "**", "\b", " ", '\\"']
)
def test_a_long_text_of_anything_is_cleaned_at_once(piece: str) -> None:
    assert cleaned(piece * 20_000) is not None
