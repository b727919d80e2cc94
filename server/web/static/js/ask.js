// One native dialog for everything that is asked before an act.

const dialog = document.getElementById("ask");
const part = (name) => document.getElementById(`ask-${name}`);

part("no").addEventListener("click", () => dialog.close(""));
part("presets").addEventListener("click", (event) => {
  if (!event.target.matches("button")) return;
  part("text").value = event.target.textContent;
  part("text").focus();
});
part("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    part("go").click();
  }
});

/**
 * Ask and wait. `ask` lists what is needed: `text`, `minutes` (may stay empty), `minutes!` (may not).
 * @returns {Promise<{text?: string, minutes?: number} | null>} null: thought better of it
 */
export function ask({ title, say, forWhom = "", go, needs = "", danger = false }) {
  const wants = needs.split(" ");
  part("title").textContent = title;
  part("for").textContent = forWhom;
  part("say").textContent = say;
  part("go").textContent = go;
  part("go").className = danger ? "danger" : "primary";
  const text = wants.includes("text");
  const minutes = wants.includes("minutes") || wants.includes("minutes!");
  part("text-part").hidden = !text;
  part("minutes-part").hidden = !minutes;
  part("optional").hidden = wants.includes("minutes!");
  part("text").required = text;
  part("minutes").required = wants.includes("minutes!");
  part("text").value = "";
  part("minutes").value = wants.includes("minutes!") ? "5" : "";
  dialog.returnValue = "";
  const before = document.activeElement;
  dialog.showModal();
  // A decision that cannot be taken back starts on "no".
  (text ? part("text") : minutes ? part("minutes") : danger ? part("no") : part("go")).focus();
  if (minutes && !text) part("minutes").select();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        before?.focus?.();
        if (dialog.returnValue !== "go") return resolve(null);
        const values = {};
        if (text) values.text = part("text").value.trim();
        if (minutes && part("minutes").value) values.minutes = Number(part("minutes").value);
        return resolve(values);
      },
      { once: true },
    );
  });
}
