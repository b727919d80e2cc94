// Orders to the server: with the page's CSRF token, answered in JSON.

const token = document.querySelector('meta[name="csrf-token"]').content;

/** `{ok, …}` as the server says it; `{ok: false, error: {code: "unreachable"}}` when it could not be asked. */
export async function post(path, body) {
  const form = body instanceof FormData;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  headers["Content-Type"] = form ? "application/x-www-form-urlencoded" : "application/json";
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers,
      body: form ? new URLSearchParams(body) : JSON.stringify(body),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") return { ok: false, error: { code: "signed_out" } };
    return await answer.json();
  } catch {
    return { ok: false, error: { code: "unreachable" } };
  }
}
