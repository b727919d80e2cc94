// The live line: joins what this page shows, and says plainly when it is down.

import { io } from "../vendor/socket.io.esm.min.js";

const POLL_MS = 10_000;

/**
 * @param {{event: string, examId: number, onParts: Function, onState: Function, onSignedOut: Function, poll?: string}} options
 * `onState("on" | "off")`; while it is off, `poll` (an address) is asked now and then, so the page ages slowly.
 */
export function connect({ event, examId, onParts, onState, onSignedOut, poll }) {
  const socket = io("/staff", { transports: ["websocket"], reconnectionDelayMax: 4000 });
  let timer = null;

  async function fetchWhole() {
    try {
      const answer = await fetch(poll, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return onSignedOut();
      if (answer.ok) onParts(await answer.json());
    } catch {
      // still away: the page keeps saying so
    }
    return undefined;
  }

  socket.on("connect", () => {
    socket.emit(event, { exam_id: examId }, (answer) => {
      if (!answer?.ok) return;
      clearInterval(timer);
      timer = null;
      onParts(answer);
      onState("on");
    });
  });
  socket.on("changes", onParts);
  socket.on("signed_out", onSignedOut);
  const down = () => {
    onState("off");
    if (poll && timer === null) {
      timer = setInterval(fetchWhole, POLL_MS);
      fetchWhole();
    }
  };
  socket.on("disconnect", (reason) => {
    down();
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", down);
  return socket;
}
