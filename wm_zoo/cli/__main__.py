"""``python -m wm_zoo.cli`` is `wm`."""

from wm_zoo.cli import main

if __name__ == "__main__":
    main()
