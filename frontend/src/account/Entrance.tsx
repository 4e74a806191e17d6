import { useQueryClient } from "@tanstack/react-query";

import { SESSION_KEY } from "../app/session";
import { EntranceCard } from "./EntranceCard";
import { SetUp } from "./SetUp";
import { SignInForm } from "./SignIn";

/** The way in: setting up the installation, or signing in. */
export function Entrance({ isSetUp }: { isSetUp: boolean }) {
  const queries = useQueryClient();
  const read = () => queries.invalidateQueries({ queryKey: SESSION_KEY });
  if (!isSetUp) return <SetUp onDone={read} />;
  return (
    <EntranceCard title="Sign in" lead="With the address and password of your account here.">
      <SignInForm onSignedIn={(session) => queries.setQueryData(SESSION_KEY, session)} />
    </EntranceCard>
  );
}
