/** Does anything answer at this address? Whatever it says, a page can be opened again. */
export async function reachable(url) {
  try {
    await fetch(url, {
      mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(4_000),
    });
    return true;
  } catch {
    return false;
  }
}
