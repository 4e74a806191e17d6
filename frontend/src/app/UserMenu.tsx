import {
  Button as AriaButton,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";

import menu from "../components/Menu.module.css";
import { prefer, usePreferences, type Density, type Theme } from "../components/preferences";
import styles from "./Menus.module.css";
import { useSession, useSignOut } from "./session";

const THEMES: Record<Theme, string> = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
  contrast: "High contrast",
};

const DENSITIES: Record<Density, string> = {
  comfortable: "Comfortable",
  normal: "Normal",
  compact: "Compact",
};

/** Who is signed in, and how they like the pages. */
export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const { user } = useSession();
  const signOut = useSignOut();
  const { isRailNarrow } = usePreferences();
  const name = [user.first_name, user.last_name].filter(Boolean).join(" ") || user.email;
  return (
    <MenuTrigger>
      <AriaButton className={`${styles.user} ${isRailNarrow ? styles.isNarrow : ""}`}>
        <span className={styles.initial} aria-hidden="true">
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span className="visually-hidden">Signed in as</span>
        <span className={styles.name}>{name}</span>
      </AriaButton>
      <Popover className={menu.popover ?? ""} placement="top start">
        <Menu className={`${menu.menu} ${styles.scrolling}`}>
          <ThemeSection />
          <DensitySection />
          <KeysSection />
          <Separator className={styles.line} />
          <MenuItem className={menu.item ?? ""} onAction={onHelp}>
            Keyboard shortcuts
          </MenuItem>
          <MenuItem className={menu.item ?? ""} onAction={signOut}>
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function ThemeSection() {
  const { theme } = usePreferences();
  return (
    <MenuSection
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[theme]}
      onSelectionChange={(keys) => prefer({ theme: [...keys][0] as Theme })}
    >
      <Header className={styles.header}>Theme</Header>
      {Object.entries(THEMES).map(([id, label]) => (
        <Choice key={id} id={id} label={label} />
      ))}
    </MenuSection>
  );
}

function DensitySection() {
  const { density } = usePreferences();
  return (
    <MenuSection
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[density]}
      onSelectionChange={(keys) => prefer({ density: [...keys][0] as Density })}
    >
      <Header className={styles.header}>Density</Header>
      {Object.entries(DENSITIES).map(([id, label]) => (
        <Choice key={id} id={id} label={label} />
      ))}
    </MenuSection>
  );
}

function KeysSection() {
  const { letters } = usePreferences();
  return (
    <MenuSection
      selectionMode="multiple"
      selectedKeys={letters ? ["letters"] : []}
      onSelectionChange={(keys) => prefer({ letters: [...keys].includes("letters") })}
    >
      <Header className={styles.header}>Keys</Header>
      <Choice id="letters" label="Single letters do something" />
    </MenuSection>
  );
}

function Choice({ id, label }: { id: string; label: string }) {
  return (
    <MenuItem id={id} textValue={label} className={`${menu.item} ${styles.item}`}>
      {label}
    </MenuItem>
  );
}
