import { useState } from "react";

import { Badge, Banner, type Tone } from "../components/Badge";
import { Button, ButtonLink } from "../components/Button";
import { CodeBlock } from "../components/CodeBlock";
import { Dialog } from "../components/Dialog";
import { Icon, type IconName } from "../components/Icon";
import { Menu } from "../components/Menu";
import { Panel } from "../components/Page";
import { SecretValue } from "../components/SecretValue";
import { StatusTag, type Status } from "../components/StatusTag";
import { say } from "../components/Toasts";
import { STATUS } from "../experiments/page/status";
import styles from "./Gallery.module.css";

const LOOKS = ["plain", "primary", "danger", "quiet"] as const;
const TONES: readonly Tone[] = ["neutral", "better", "worse", "fine", "caution", "danger"];
const SYMBOLS: Record<Tone, string> = {
  neutral: "○",
  better: "▲",
  worse: "▼",
  fine: "✓",
  caution: "!",
  danger: "✕",
};
const ICONS: readonly IconName[] = ["home", "experiments", "flags", "metrics", "holdouts"];

export function Controls() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Panel title="Buttons">
        <div className={styles.row}>
          {LOOKS.map((look) => (
            <Button key={look} look={look}>
              {look}
            </Button>
          ))}
          <Button isDisabled>disabled</Button>
          <Button isPending>pending</Button>
          <Button isSmall>small</Button>
          <ButtonLink href="/gallery">link</ButtonLink>
          <Menu
            label="More"
            actions={[
              { id: "say", label: "Say something", onAction: () => say("Something was said.") },
              { id: "not", label: "Not now", onAction: () => undefined, isDisabled: true },
            ]}
          />
          <Button onPress={() => setIsOpen(true)}>Open a dialog…</Button>
          <Button onPress={() => say("Done.", { label: "Undo", onAction: () => say("Undone.") })}>
            Say something
          </Button>
        </div>
        <Dialog
          title="A question"
          isOpen={isOpen}
          onClose={() => setIsOpen(false)}
          actions={<Button look="primary">Yes</Button>}
        >
          <p>Escape closes it, and the focus returns to its button.</p>
        </Dialog>
      </Panel>
      <Panel title="Badges and banners">
        <div className={styles.row}>
          {TONES.map((tone) => (
            <Badge key={tone} tone={tone} symbol={SYMBOLS[tone]}>
              {tone}
            </Badge>
          ))}
        </div>
        <div className={styles.row}>
          {(Object.keys(STATUS) as Status[]).map((status) => (
            <StatusTag key={status} status={status} />
          ))}
          {ICONS.map((name) => (
            <Icon key={name} name={name} />
          ))}
        </div>
        {TONES.map((tone) => (
          <Banner key={tone} tone={tone} title={`${SYMBOLS[tone]} ${tone}.`}>
            A remark about the whole page.
          </Banner>
        ))}
      </Panel>
      <Panel title="Code and keys">
        <div className={styles.stack}>
          <CodeBlock label="Example" code={'posthog.capture("page opened");'} />
          <SecretValue label="A key" value="phc_example" help="Shown once." />
        </div>
      </Panel>
    </>
  );
}
