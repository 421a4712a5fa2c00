"""``python -m hengjian.config.cli``: the same as ``hengjian``, also where no script is on the path."""

from hengjian.config.cli import main

if __name__ == "__main__":
    main(prog_name="hengjian")
