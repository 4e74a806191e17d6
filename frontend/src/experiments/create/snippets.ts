/** What to put into the code, with the project's real token, this server and the flag's key. */

export interface Snippet {
  id: string;
  label: string;
  code: string;
}

interface Facts {
  host: string;
  token: string;
  flag: string;
  /** The treatment that the example branches on. */
  variant: string;
}

const text = (value: string) => JSON.stringify(value);

export function snippets({ host, token, flag, variant }: Facts): readonly Snippet[] {
  return [
    {
      id: "browser",
      label: "Browser",
      code: `// Before it: load ${host}/static/array.js, or import posthog from "posthog-js".
posthog.init(${text(token)}, { api_host: ${text(host)} });
posthog.onFeatureFlags(() => {
  if (posthog.getFeatureFlag(${text(flag)}) === ${text(variant)}) {
    // What is new.
  } else {
    // What there is today.
  }
});`,
    },
    {
      id: "python",
      label: "Python",
      code: `from posthog import Posthog

posthog = Posthog(${text(token)}, host=${text(host)})

# user_id: who the visitor is, the same in each event that you capture.
if posthog.evaluate_flags(user_id).get_flag(${text(flag)}) == ${text(variant)}:
    ...  # What is new.
else:
    ...  # What there is today.`,
    },
    {
      id: "node",
      label: "Node",
      code: `import { PostHog } from "posthog-node";

const posthog = new PostHog(${text(token)}, { host: ${text(host)} });

if ((await posthog.getFeatureFlag(${text(flag)}, userId)) === ${text(variant)}) {
  // What is new.
} else {
  // What there is today.
}`,
    },
    {
      id: "curl",
      label: "curl",
      code: `curl -s "${host}/flags/?v=2" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ api_key: token, distinct_id: "user-1" })}'

# Say what the flag answered, once for each person:
curl -s "${host}/i/v0/e/" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({
    api_key: token,
    event: "$feature_flag_called",
    distinct_id: "user-1",
    properties: { $feature_flag: flag, $feature_flag_response: variant },
  })}'`,
    },
  ];
}
