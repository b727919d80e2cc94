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

const option = ([value, label]) => new Option(label, value);

/** A sticker may be typed or scanned; a session or a person is chosen from what there is. */
function offer(choice) {
  part("choice-part").hidden = !choice;
  const typed = choice?.kind === "device";
  part("choice").hidden = !typed;
  part("list").hidden = !choice || typed || !choice.options.length;
  part("empty").hidden = !choice || choice.options.length > 0;
  part("empty").textContent = choice?.none ?? part("empty").dataset.none;
  part("choice").required = Boolean(typed);
  part("choice").value = "";
  part("choice-label").textContent = choice?.label ?? "";
  part("choice-label").htmlFor = typed ? "ask-choice" : "ask-list";
  part("choices").replaceChildren(...(typed ? choice.options.map(option) : []));
  part("list").replaceChildren(...(choice && !typed ? choice.options.map(option) : []));
  part("go").disabled = Boolean(choice) && !typed && !choice.options.length;
  return choice ? (typed ? part("choice") : part("list")) : null;
}

/**
 * Ask and wait. `needs` lists what is needed: `text`, `minutes` (may stay empty), `minutes!` (may not);
 * `choice` is `{kind, label, options: [[value, label]], none}`; `filled` stands in the boxes at first.
 * @returns {Promise<object | null>} what was given, by name; null: thought better of it
 */
export function ask({ title, say, forWhom = "", go, needs = "", danger = false, choice = null, filled = {} }) {
  const wants = needs.split(" ");
  const chooser = offer(choice);
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
  part("minutes").value = wants.includes("minutes!") ? (filled.minutes ?? "5") : "";
  dialog.returnValue = "";
  const before = document.activeElement;
  dialog.showModal();
  // A decision that cannot be taken back starts on "no".
  (chooser ?? (text ? part("text") : minutes ? part("minutes") : danger ? part("no") : part("go"))).focus();
  if (minutes && !text) part("minutes").select();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        before?.focus?.();
        if (dialog.returnValue !== "go") return resolve(null);
        const values = {};
        if (choice) values[choice.kind] = chooser.value.trim();
        if (text) values.text = part("text").value.trim();
        if (minutes && part("minutes").value) values.minutes = Number(part("minutes").value);
        return resolve(values);
      },
      { once: true },
    );
  });
}
