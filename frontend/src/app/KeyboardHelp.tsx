import { Dialog } from "../components/Dialog";
import { usePreferences } from "../components/preferences";
import { useShortcuts } from "../components/shortcuts";
import styles from "./KeyboardHelp.module.css";

/** Which keys do what on this page. */
export default function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const shortcuts = useShortcuts();
  const { letters } = usePreferences();
  return (
    <Dialog title="Keyboard" isOpen onClose={onClose} dismissLabel="Close">
      {!letters && <p>Single letters are switched off in the menu of your name.</p>}
      <dl className={styles.list}>
        <dt>
          <kbd>Ctrl</kbd> or <kbd>⌘</kbd> <kbd>K</kbd>
        </dt>
        <dd>Search pages, experiments, flags and metrics; works everywhere</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>Close what is open</dd>
        {shortcuts.map(({ keys, says }) => (
          <Line key={keys} keys={keys} says={says} />
        ))}
      </dl>
    </Dialog>
  );
}

function Line({ keys, says }: { keys: string; says: string }) {
  return (
    <>
      <dt>
        {keys.split(" ").map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{says}</dd>
    </>
  );
}
