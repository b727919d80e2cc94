// The projector: the token as it is now, and a plain word when the line is down.

import * as clock from "./clock.js";
import { connect } from "./live.js";
import { fill } from "./say.js";
import { swapPart } from "./swap.js";

const { exam, at, zoneHours, down, signIn } = document.body.dataset;
const line = document.getElementById("live");
let freshAt = Number(at);

clock.setZone(zoneHours);
clock.setServerTime(freshAt);
clock.start();
connect({
  event: "join_token",
  examId: Number(exam),
  onParts: (parts) => {
    if (parts.follow) {
      location.replace(parts.follow);
      return;
    }
    freshAt = parts.at;
    clock.setServerTime(parts.at);
    if (parts.token !== undefined) swapPart("part-token", parts.token);
  },
  onState: (state) => {
    line.textContent = state === "on" ? "" : fill(down, { time: clock.clockText(freshAt, false) });
  },
  onSignedOut: () => location.assign(signIn),
});

const full = document.getElementById("full");
full.addEventListener("click", () => document.documentElement.requestFullscreen());
document.addEventListener("fullscreenchange", () => {
  full.hidden = document.fullscreenElement !== null;
});
