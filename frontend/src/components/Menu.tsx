import {
  Button as AriaButton,
  Menu as AriaMenu,
  MenuItem,
  MenuTrigger,
  Popover,
} from "react-aria-components";

import button from "./Button.module.css";
import styles from "./Menu.module.css";

export interface MenuAction {
  id: string;
  label: string;
  onAction: () => void;
  isDisabled?: boolean;
}

interface Props {
  /** What the menu is for; said to screen readers when the face is only a symbol. */
  label: string;
  face?: string;
  actions: readonly MenuAction[];
}

export function Menu({ label, face = "⋯", actions }: Props) {
  return (
    <MenuTrigger>
      <AriaButton aria-label={label} className={`${button.button} ${button.plain}`}>
        {face}
      </AriaButton>
      <Popover className={styles.popover ?? ""}>
        <AriaMenu className={styles.menu ?? ""} items={actions}>
          {(action) => (
            <MenuItem
              id={action.id}
              onAction={action.onAction}
              isDisabled={!!action.isDisabled}
              className={styles.item ?? ""}
            >
              {action.label}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
