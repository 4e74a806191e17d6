/** The fewest lines that send an event and ask for a flag, by language. */

export type Language = "html" | "browser" | "python" | "node" | "curl";

interface Snippet {
  label: string;
  code: (host: string, token: string) => string;
}

export const SNIPPETS: Record<Language, Snippet> = {
  html: {
    label: "HTML page",
    code: (host, token) => `<script src="${host}/static/array.js" crossorigin="anonymous"></script>
<script>
  posthog.init("${token}", { api_host: "${host}" });
  posthog.capture("page opened");
</script>`,
  },
  browser: {
    label: "JavaScript bundle",
    code: (host, token) => `// npm install posthog-js
import posthog from "posthog-js";

posthog.init("${token}", { api_host: "${host}" });
posthog.capture("page opened");`,
  },
  python: {
    label: "Python",
    code: (host, token) => `# pip install posthog
from posthog import Posthog

sdk = Posthog("${token}", host="${host}")
sdk.capture("signed up", distinct_id="visitor-1")
sdk.shutdown()`,
  },
  node: {
    label: "Node.js",
    code: (host, token) => `// npm install posthog-node
import { PostHog } from "posthog-node";

const sdk = new PostHog("${token}", { host: "${host}" });
sdk.capture({ distinctId: "visitor-1", event: "signed up" });
await sdk.shutdown();`,
  },
  curl: {
    label: "curl",
    code: (host, token) => `curl ${host}/capture/ -H 'Content-Type: application/json' -d '{
  "api_key": "${token}",
  "event": "signed up",
  "distinct_id": "visitor-1"
}'`,
  },
};
