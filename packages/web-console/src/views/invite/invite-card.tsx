/** An open invite, ready to be passed on: as a link, as a picture of it, as a command line. */
import type { InviteInfo } from "@skein/runtime";
import type { ReactElement } from "react";
import { ActButton } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Nothing, Panel } from "../../components/panel.tsx";
import { counted } from "../../format.ts";
import { perform } from "../../page/use-acts.ts";
import styles from "./invite.module.css";
import { QrCode } from "./qr-code.tsx";

/** Longer texts make pictures that no camera reads from a screen. */
const QR_LIMIT = 900;

export interface InviteCardProps {
  readonly invite: InviteInfo;
  readonly close: () => void;
}

export function InviteCard({ invite, close }: InviteCardProps): ReactElement {
  const { text, link } = invite;
  return (
    <Panel
      title={`Invite for ${invite.roles.join(" and ")}`}
      aside={
        <button type="button" className={button["button"]} onClick={close}>
          Close
        </button>
      }
    >
      {text === undefined ? (
        <Nothing>It is {invite.state}: nobody joins by it any more.</Nothing>
      ) : (
        <div className={styles["card"]}>
          {link !== undefined && link.length <= QR_LIMIT && <QrCode text={link} label="The link as a QR code" />}
          <div className={styles["ways"]}>
            {link !== undefined && (
              <Way name="Link" text={link} hint="Whoever opens it lends their tab to the cluster." />
            )}
            {commandsOf(invite, text).map(([name, command, hint]) => (
              <Way key={name} name={name} text={command} hint={hint} />
            ))}
            <p className={styles["may"]}>
              Good for {counted(Math.max(0, invite.uses - invite.joined.length - (invite.more ?? 0)), "more use")},
              until {new Date(invite.expiresMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}.
              Whoever has it may join: pass it on as you would a password.
            </p>
          </div>
        </div>
      )}
    </Panel>
  );
}

/** What to type with it, for each thing it lets one be. */
function commandsOf({ roles, link }: InviteInfo, text: string): readonly (readonly [string, string, string])[] {
  if (roles.includes("node"))
    return [["On the machine", `skein node ${text}`, "It joins, and joins again when it is started anew."]];
  if (roles.includes("operator") || roles.includes("viewer"))
    return [
      ["In a browser", `skein console --on ${text}`, "Serves this console on the machine where it runs."],
      ["In a terminal", `skein top --on ${text}`, "The same, as text."],
    ];
  if (roles.includes("client"))
    return [["A program", `SKEIN_CLUSTER=${text} skein run program.ts`, "In a program: connect(invite)."]];
  return link === undefined
    ? [["Invite", text, "This cluster serves no join page: give it to a page of your own, or to connect() in a tab."]]
    : [];
}

interface WayProps {
  readonly name: string;
  readonly text: string;
  readonly hint: string;
}

function Way({ name, text, hint }: WayProps): ReactElement {
  return (
    <div className={styles["way"]}>
      <h3>{name}</h3>
      <div>
        <code tabIndex={0} role="textbox" aria-readonly="true" aria-label={name}>
          {text}
        </code>
        <ActButton
          label={`Copy: ${name}`}
          act={() => perform(`${name} is on the clipboard.`, () => navigator.clipboard.writeText(text))}
        >
          Copy
        </ActButton>
      </div>
      <p className={styles["may"]}>{hint}</p>
    </div>
  );
}
