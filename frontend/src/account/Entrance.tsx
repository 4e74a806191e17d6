/** The way in: setting up the installation, or signing in. */
export function Entrance({ isSetUp }: { isSetUp: boolean }) {
  return <p>{isSetUp ? "Sign in" : "Set up"}</p>;
}
