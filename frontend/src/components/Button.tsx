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

export function Button({ look = "plain", isSmall = false, ...props }: Props) {
  return <AriaButton {...props} className={classes(look, isSmall)} />;
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
