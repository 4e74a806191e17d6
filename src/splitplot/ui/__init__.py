"""What browsers load, and where it is: built or fetched beforehand, never committed."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
# The browser SDK and its lazy parts, as `make sdk` puts them there.
POSTHOG_JS = STATIC / "posthog-js"
