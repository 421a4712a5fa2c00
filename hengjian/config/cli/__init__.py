"""The command line ``hengjian``. A mistake of the user gets one sentence and an exit code: 2 usage, 1 failure."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from hengjian.config.cli.backtest import backtest
from hengjian.config.cli.base import Context, in_chinese
from hengjian.config.cli.check import check
from hengjian.config.cli.clauses import clauses
from hengjian.config.cli.demo import demo
from hengjian.config.cli.imports import import_group
from hengjian.config.cli.init import init
from hengjian.config.cli.mistakes import failure_sentence, usage_sentence
from hengjian.config.cli.monitor import monitor
from hengjian.config.cli.serve import serve
from hengjian.config.cli.worker import worker
from hengjian.kernel.text import N_

COMMANDS = (init, demo, serve, worker, check, import_group, monitor, backtest, clauses)


class Commands(click.Group):
    """A group that ends with a sentence where click or Python would print something else."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order in which an installation needs them."""
        return list(self.commands)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option ``--help``, described in Chinese."""
        return in_chinese(super().get_help_option(ctx))

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run; every way out is an exit code."""
        extra["standalone_mode"] = False
        try:
            result = super().main(*args, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(2)
        except click.UsageError as error:
            click.echo(usage_sentence(error), err=True)
            sys.exit(2)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(130)
        except Exception as error:
            # A failure that people cause or can mend; anything else is a fault of the program and says so.
            sentence = failure_sentence(error)
            if sentence is None:
                raise
            click.echo(sentence, err=True)
            sys.exit(1)
        sys.exit(result if isinstance(result, int) else 0)


main = Commands(
    "hengjian",
    help=N_("衡鉴：两高行业监管。设置项见 docs/settings.md。"),
    commands={command.name or "": command for command in COMMANDS},
    context_settings={"help_option_names": ["--help", "-h"]},
)
