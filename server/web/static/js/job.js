// Progress of work with Google: asks once a second while it runs. Every word comes from the server.

const EVERY_MS = 1000;
const AWAY_MS = 5000;
const TEXTS = ["state_text", "count_text", "step_text", "waits_text", "result_text", "error_text"];

for (const box of document.querySelectorAll("[data-job][data-active]")) follow(box);

/** Keeps one box up to date until its job has ended; then tells the page by a `job-ended` event. */
export function follow(box) {
  const refresh = box.querySelector("[data-refresh]");
  if (refresh) refresh.hidden = true; // only for when this script does not run
  let heard = "";

  async function look() {
    let job = null;
    try {
      const answer = await fetch(box.dataset.job, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.status === 401 || answer.type === "opaqueredirect") return window.location.reload();
      if (answer.ok) job = await answer.json();
    } catch {
      // away: asked again
    }
    if (job === null) return setTimeout(look, AWAY_MS);
    show(box, job);
    heard = say(box, job, heard);
    if (job.active) return setTimeout(look, EVERY_MS);
    box.removeAttribute("data-active");
    box.querySelector("[data-acts]")?.remove();
    const ended = new CustomEvent("job-ended", { bubbles: true, cancelable: true, detail: job });
    if (box.dispatchEvent(ended) && "reload" in box.dataset) window.location.reload();
    return undefined;
  }

  setTimeout(look, EVERY_MS);
}

function show(box, job) {
  for (const name of TEXTS) {
    const part = box.querySelector(`[data-part="${name}"]`);
    part.textContent = job[name];
    part.hidden = !job[name];
  }
  box.className = box.className.replace(/job-(queued|running|done|failed|cancelled)/, `job-${job.state}`);
  const bar = box.querySelector('[role="progressbar"]');
  const inner = bar.querySelector("progress");
  if (job.percent === null) {
    bar.removeAttribute("aria-valuenow");
    inner.removeAttribute("value");
  } else {
    bar.setAttribute("aria-valuenow", job.percent);
    inner.value = job.percent;
  }
  if (job.count_text) bar.setAttribute("aria-valuetext", job.count_text);
}

/** Heard by a screen reader: a new step or state, a wait, each quarter; not every number. */
function say(box, job, heard) {
  const quarter = job.percent === null ? "" : Math.floor(job.percent / 25);
  const now = [job.state, job.step, Boolean(job.waits_until), quarter].join("|");
  if (now !== heard) {
    const told = [job.state_text, job.step_text, job.count_text, job.waits_text, job.result_text, job.error_text];
    box.querySelector("[data-said]").textContent = told.filter(Boolean).join(". ");
  }
  return now;
}
