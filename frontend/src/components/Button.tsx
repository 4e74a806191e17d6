import { Button as AriaButton, type ButtonProps } from "react-aria-components";
import { Link } from "wouter";

import styles from "./Button.module.css";

type Look = "plain" | "primary" | "danger" | "quiet";

interface Props extends Omit<ButtonProps, "className" | "style"> {
  look?: Look;
  isSmall?: boolean;
}

const classes = (look: Look, isSmall: boolean) =>
  [styles.button, styles[look], isSmall ? styles.small : ""].join(" ");

export function Button({ look = "plain", isSmall = false, isPending, ...props }: Props) {
  // It keeps the focus and does nothing: the component library's own way of waiting leaves
  // messages for screen readers that name buttons which are gone.
  const waiting = isPending ? { onPress: () => undefined, type: "button" as const } : {};
  return <AriaButton {...props} {...waiting} className={classes(look, isSmall)} />;
}

interface LinkProps {
  href: string;
  look?: Look;
  isSmall?: boolean;
  children: React.ReactNode;
}

/** A link that looks like a button: for going somewhere, not for doing something. */
export function ButtonLink({ href, look = "plain", isSmall = false, children }: LinkProps) {
  return (
    <Link href={href} className={classes(look, isSmall)}>
      {children}
    </Link>
  );
}
