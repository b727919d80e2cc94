// The texts pupils read. Not chrome.i18n: that follows the language of the browser, and a Chromebook set to
// English must still speak to an Indonesian pupil as the school's pages do.

/** {key: text} of one language of _locales. */
export async function loadTexts(url, language) {
  const response = await fetch(url(`_locales/${language}/messages.json`));
  const messages = await response.json();
  return Object.fromEntries(Object.entries(messages).map(([key, { message }]) => [key, message]));
}
