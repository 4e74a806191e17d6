/** The sections of a project, in the order of the rail. */
import type { IconName } from "../components/Icon";

export interface Section {
  href: string;
  label: string;
  icon: IconName;
  /** The letter after `g` that goes there. */
  letter: string;
}

export const SECTIONS: readonly Section[] = [
  { href: "/", label: "Home", icon: "home", letter: "h" },
  { href: "/experiments", label: "Experiments", icon: "experiments", letter: "e" },
  { href: "/feature_flags", label: "Flags", icon: "flags", letter: "f" },
  { href: "/experiments/shared-metrics", label: "Metrics", icon: "metrics", letter: "m" },
  { href: "/experiments/holdouts", label: "Holdouts", icon: "holdouts", letter: "i" },
  { href: "/events", label: "Live events", icon: "events", letter: "l" },
  { href: "/approvals", label: "Approvals", icon: "approvals", letter: "a" },
  { href: "/settings", label: "Settings", icon: "settings", letter: "s" },
];

/** The section with the longest address that the page's begins with; none for the gallery. */
export function sectionOf(location: string): string {
  const fitting = SECTIONS.map((one) => one.href).filter(
    (href) => location === href || (href !== "/" && location.startsWith(`${href}/`)),
  );
  return fitting.sort((one, other) => other.length - one.length)[0] ?? "";
}
