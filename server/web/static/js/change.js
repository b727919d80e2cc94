// Ganti sesi: the lists follow what the Chromebooks report; what was ticked stays ticked.

const EVERY_MS = 3_000;
const day = document.getElementById("day");
const lines = document.getElementById("part-lines");
const charges = document.getElementById("part-charges");

const ticked = () => [...lines.querySelectorAll("input:checked")].map((box) => box.value);

async function look() {
  try {
    const answer = await fetch(day.dataset.plan, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return;
    const parts = await answer.json();
    const kept = new Set(ticked());
    const focused = lines.contains(document.activeElement) ? document.activeElement.value : null;
    const open = lines.querySelector("details")?.open;
    lines.innerHTML = parts.lines;
    for (const box of lines.querySelectorAll("input")) {
      box.checked = kept.has(box.value);
      if (box.value === focused) box.focus();
    }
    const folded = lines.querySelector("details");
    if (folded && open !== undefined) folded.open = open;
    charges.innerHTML = parts.charges;
  } catch {
    // the server is away: what is shown stays until it is back
  }
}

setInterval(look, EVERY_MS);
