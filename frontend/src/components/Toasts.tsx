/** Short messages about what was done; read out, and gone after a while. */
import {
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components";

import { Button } from "./Button";
import styles from "./Toasts.module.css";

interface Message {
  text: string;
  /** For example *Undo*. */
  action?: { label: string; onAction: () => void };
}

const queue = new ToastQueue<Message>({ maxVisibleToasts: 3 });
const SHOWN_FOR = 8_000;

export function say(text: string, action?: Message["action"]) {
  queue.add({ text, ...(action && { action }) }, { timeout: SHOWN_FOR });
}

export function Toasts() {
  return (
    <ToastRegion queue={queue} className={styles.region ?? ""}>
      {({ toast }) => (
        <Toast toast={toast} className={styles.toast ?? ""}>
          <ToastContent>{toast.content.text}</ToastContent>
          {toast.content.action && (
            <Button
              isSmall
              onPress={() => {
                toast.content.action?.onAction();
                queue.close(toast.key);
              }}
            >
              {toast.content.action.label}
            </Button>
          )}
          <Button slot="close" look="quiet" isSmall aria-label="Close this message">
            ✕
          </Button>
        </Toast>
      )}
    </ToastRegion>
  );
}
