// The rules the worker shares with the content scripts, as module exports.

import './shared/hosts.js';
import './shared/mode.js';

export const { hostAllowed, webHost, linkDecision } = globalThis.bangkuHosts;
export const { effectiveMode, timeLeft, cover, nextChange } = globalThis.bangkuMode;
