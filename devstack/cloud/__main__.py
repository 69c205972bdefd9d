"""Run the command line: python3 -m devstack.cloud."""

import sys

from devstack.cloud.cli import main

sys.exit(main())
