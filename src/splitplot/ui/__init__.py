"""What browsers load, and where it is: built or fetched beforehand, never committed."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
# The pages, as `make ui` builds them; `build.json` is written last and names every file.
APP = STATIC / "app"
# The browser SDK and its lazy parts, as `make sdk` puts them there.
POSTHOG_JS = STATIC / "posthog-js"
