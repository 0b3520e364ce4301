"""`python -m cli`: the `castlist` command where it is not installed."""

from cli.main import entry

if __name__ == "__main__":
    entry()
