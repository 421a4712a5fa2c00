from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from hengjian.config.cli import COMMANDS, main
from hengjian.config.cli.base import CLONE, URLS, Failure
from hengjian.config.cli.demo import empty, only_one, reserved_port
from hengjian.config.cli.init import login_passwords
from hengjian.config.cli.serve import require_free


def call(*arguments: str, env: dict[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, env=env)


def program(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with no settings but these."""
    surroundings = {
        k: v for k, v in os.environ.items() if not k.startswith(("HENGJIAN_", "DJANGO_"))
    }
    command = [sys.executable, "-m", "hengjian.config.cli", *arguments]
    return subprocess.run(
        command, env=surroundings | env, cwd=CLONE, capture_output=True, text=True, check=False
    )


def one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_help_names_every_subcommand_in_chinese() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for name in [
        "init",
        "demo",
        "serve",
        "worker",
        "check",
        "import",
        "monitor",
        "backtest",
        "clauses",
    ]:
        assert f"\n  {name} " in result.output
    assert "Usage" not in result.output
    assert "Show this" not in result.output


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_subcommand_has_help(name: str) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    assert "用法" in result.output


def test_help_does_not_load_django() -> None:
    code = "import sys, hengjian.config.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: sys.exit('django' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=CLONE, capture_output=True, check=False)
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "没有子命令 nonsense"),
        (["serve", "--nonsense"], "没有选项 --nonsense"),
        (["serve", "--port", "many"], "--port 的值不正确"),
        (["serve", "--port"], "选项 --port 的写法不对"),
        (["serve", "extra"], "参数的个数或写法不对"),
        (["monitor"], "缺少 --date"),
        (["monitor", "--date", "2026-02-30"], "2026-02-30 不是日期"),
        (["monitor", "--date", "today"], "today 不是日期"),
        (["import"], "缺少 FILE"),
        (["import", "/nowhere/sites.csv"], "没有文件 /nowhere/sites.csv"),
        (["check", "--process", "owner"], "--process 的值不正确"),
        (["init", "--superuser-url", "mysql://root@/x"], "应以 postgresql:// 开头"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_2(arguments: Sequence[str], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert one_sentence(result.stderr)
    assert result.stdout == ""


def test_without_a_subcommand_the_help_is_shown_and_2() -> None:
    result = call()
    assert result.exit_code == 2
    assert "子命令" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["init"], ["serve"], ["worker"], ["check", "--process", "web"]]
)
def test_missing_settings_are_named(arguments: list[str]) -> None:
    run = program(*arguments)
    assert run.returncode == 1
    assert "缺少设置 HENGJIAN_" in run.stderr
    assert one_sentence(run.stderr)


def test_web_without_a_secret_is_refused() -> None:
    run = program("serve", HENGJIAN_WEB_DATABASE_URL="postgresql://a:b@localhost/c")
    assert run.returncode == 1
    assert run.stderr.strip().startswith("缺少设置 HENGJIAN_SECRET_KEY")


@pytest.mark.parametrize("process", ["web", "worker"])
def test_a_short_secret_is_refused(process: str) -> None:
    url = f"HENGJIAN_{process.upper()}_DATABASE_URL"
    given = {url: UNREACHABLE, "HENGJIAN_SECRET_KEY": "x" * 49}
    run = program("check", "--process", process, **given)
    assert run.returncode == 1
    assert "HENGJIAN_SECRET_KEY 太短" in run.stderr
    assert one_sentence(run.stderr)


def test_a_server_started_around_the_command_line_needs_a_secret_too() -> None:
    """Granian or gunicorn on the entry itself; the control: with a secret it loads."""

    def load(**env: str) -> subprocess.CompletedProcess[str]:
        code = "import hengjian.config.wsgi"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=CLONE, capture_output=True, text=True, check=False, env={"PATH": "", **env},
        )  # fmt: skip

    without = load()
    assert without.returncode != 0
    assert "缺少设置 HENGJIAN_SECRET_KEY" in without.stderr
    assert load(HENGJIAN_SECRET_KEY=SECRET).returncode == 0


SECRET = "x" * 50
UNREACHABLE = "postgresql://hengjian_owner:p@/hengjian?host=/nowhere"


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        (["serve"], {"HENGJIAN_WEB_DATABASE_URL": UNREACHABLE}, "数据库连接不上"),
        (["worker"], {"HENGJIAN_WORKER_DATABASE_URL": UNREACHABLE}, "数据库连接不上"),
        (["init"], {"HENGJIAN_DATABASE_URL": UNREACHABLE}, "数据库连接不上"),
        (["serve"], {"HENGJIAN_WEB_DATABASE_URL": "sqlite:///x"}, "postgresql://"),
        (
            ["serve"],
            {"HENGJIAN_WEB_DATABASE_URL": UNREACHABLE, "HENGJIAN_DEMO_DATE": "tomorrow"},
            "HENGJIAN_DEMO_DATE 应为日期",
        ),
        (["init"], {"HENGJIAN_DATABASE_URL_FILE": "/nowhere/url"}, "/nowhere/url：不存在"),
    ],
)
def test_surroundings_that_refuse_get_one_sentence_and_1(
    arguments: list[str], env: dict[str, str], words: str
) -> None:
    run = program(*arguments, HENGJIAN_SECRET_KEY=SECRET, **env)
    assert run.returncode == 1
    assert words in run.stderr
    assert one_sentence(run.stderr), run.stderr


def test_init_takes_the_logins_passwords_from_the_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for process, name in URLS.items():
        monkeypatch.setenv(name, f"postgresql://hengjian_{process}:p%40{process}@db/hengjian")
    assert login_passwords() == {f"hengjian_{process}": f"p@{process}" for process in URLS}

    monkeypatch.setenv(URLS["web"], "postgresql://someone:p@db/hengjian")
    with pytest.raises(Failure, match="hengjian_web"):
        login_passwords()


def test_init_prints_sql_that_makes_the_logins_without_a_database() -> None:
    run = program("init", "--print-sql")
    assert run.returncode == 0
    assert run.stderr == ""
    for login in ("hengjian_owner", "hengjian_web", "hengjian_worker"):
        assert f'GRANT CONNECT ON DATABASE "hengjian" TO {login};' in run.stdout
    assert "PASSWORD" not in run.stdout


def test_a_taken_port_is_refused_and_another_reserved() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Failure, match="已被占用"):
            require_free("127.0.0.1", taken.getsockname()[1])
    with reserved_port() as first, reserved_port() as second:
        assert first != second
    with reserved_port() as again:
        assert again == first


def test_one_demo_a_clone(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(Failure, match="已在运行"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_a_fresh_demo_keeps_nothing_of_the_last_but_its_lock(tmp_path: Path) -> None:
    (tmp_path / "files" / "ab").mkdir(parents=True)
    for name in ("files/ab/upload", "env", "web.log"):
        (tmp_path / name).touch()
    with only_one(tmp_path):
        empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


PARENT = """
import os, sys, time
from pathlib import Path
from hengjian.config.cli.children import Child
child = Child([sys.executable, "-c", "import time; time.sleep(60)"], os.environ, Path(sys.argv[1]))
print(child._process.pid, flush=True)
time.sleep(60)
"""


def test_children_end_when_the_demo_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    with subprocess.Popen(command, cwd=CLONE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.1)
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
    gone, alive = psutil.wait_procs([child], timeout=10)
    assert alive == []
    assert gone == [child]


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(**_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main.commands["clauses"], "callback", fault)
    assert isinstance(call("clauses").exception, ZeroDivisionError)
