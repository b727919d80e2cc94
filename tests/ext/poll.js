/** Wait until `test()` is truthy, or fail by name. No sleeping for luck. */
export async function until(what, test, ms = 30_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}
