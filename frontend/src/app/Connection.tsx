import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { SignInForm } from "../account/SignIn";
import { report, signedInAgain, useConnection } from "../api/connection";
import { announce } from "../components/announce";
import { Dialog } from "../components/Dialog";
import styles from "./Connection.module.css";
import { useSession } from "./session";

const ASK_AGAIN_MS = 1500;

/** Says when the server is gone or the session over, and brings the page back afterwards. */
export function Connection() {
  const connection = useConnection();
  if (connection === "lost") return <Gone />;
  if (connection === "signed_out") return <SessionOver />;
  return null;
}

function Gone() {
  const queries = useQueryClient();
  useEffect(() => {
    announce("The server does not answer. Trying again.");
    const timer = window.setInterval(async () => {
      if (!(await isAlive())) return;
      report("fine");
      announce("The server answers again.");
      // What failed meanwhile, and what may have changed, is read anew.
      void queries.invalidateQueries();
    }, ASK_AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [queries]);
  return (
    <div className={styles.gone} role="alert">
      <strong>The server does not answer.</strong> What you see is from before; what you typed
      stays. Trying again by itself…
    </div>
  );
}

async function isAlive(): Promise<boolean> {
  try {
    return (await fetch("/_health", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Over the page, so that nothing on it is lost. */
function SessionOver() {
  const queries = useQueryClient();
  const { user } = useSession();
  const leave = () => window.location.assign("/");
  return (
    <Dialog title="Your session is over" isOpen onClose={leave} dismissLabel="Leave this page">
      <p>Sign in again to go on where you are.</p>
      <SignInForm
        email={user.email}
        onSignedIn={(session) => {
          if (session.user?.id !== user.id) return leave();
          signedInAgain();
          void queries.invalidateQueries();
        }}
      />
    </Dialog>
  );
}
