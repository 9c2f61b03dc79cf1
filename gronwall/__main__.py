"""``python -m gronwall`` is the command ``gronwall``."""

from gronwall.cli import main

if __name__ == "__main__":
    main()
