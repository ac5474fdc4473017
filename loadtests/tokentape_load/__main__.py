"""`python -m tokentape_load`."""

import sys

from tokentape_load.cli import main

if __name__ == "__main__":
    sys.exit(main())
