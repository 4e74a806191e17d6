"""What stands in for the pages when they have not been built: what this server is."""

from starlette.responses import HTMLResponse, Response

from splitplot import __version__

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>splitplot</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; }
  body { margin: 10vh auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; margin: 0; }
  small { opacity: .75; }
  table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; }
  th, td { text-align: left; padding: .4rem 1rem .4rem 0; vertical-align: top; }
  th { font-weight: 500; white-space: nowrap; }
  code { font-family: ui-monospace, monospace; }
</style>
</head>
<body>
<main>
<h1>splitplot</h1>
<small>version VERSION</small>
<p>This server is running, but its web pages have not been built.
Run <code>make ui</code>, which needs Node 20 or newer, and start it again.
Everything else works without.</p>
<table>
<tr><th>REST API</th><td><code>/api/projects/@current/experiments/</code>, with
<code>Authorization: Bearer phx_…</code></td></tr>
<tr><th>API description</th><td><a href="/api/schema/"><code>/api/schema/</code></a>
(OpenAPI)</td></tr>
<tr><th>SDKs</th><td>This server's address is the host; the project token <code>phc_…</code>
is the key.</td></tr>
<tr><th>Operation</th><td><a href="/_ready"><code>/_ready</code></a>,
<a href="/_health"><code>/_health</code></a>, <a href="/metrics"><code>/metrics</code></a></td></tr>
</table>
</main>
</body>
</html>
""".replace("VERSION", __version__)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def missing_page() -> Response:
    return HTMLResponse(_PAGE, headers=_HEADERS)
