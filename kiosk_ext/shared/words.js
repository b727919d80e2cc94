// From a view to the words a pupil reads. Pure, and a plain script like hosts.js.

(() => {
  const two = (number) => String(number).padStart(2, '0');

  /** 1:05:09, or 05:09 under an hour; a begun second counts, so that 00:00 means the end. */
  function clockText(ms) {
    const seconds = Math.ceil(ms / 1000);
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
  }

  /** The cover's words, or null when the page is open. */
  function coverWords(view, serverNow, cover) {
    if (!cover) return null;
    const { texts, doc } = view;
    const place = [doc.seat && `${texts.seat} ${doc.seat}`, doc.device_label].filter(Boolean).join(' · ');
    if (cover.kind === 'time_up') return { title: texts.time_up_title, text: texts.time_up_text, until: '', place };
    return {
      title: texts[`lock_${cover.reason}`],
      text: cover.text || texts.lock_text,
      until: cover.expires_at === null
        ? texts.lock_until_released
        : `${texts.lock_until} ${clockText(Math.max(0, cover.expires_at - serverNow))}`,
      place,
    };
  }

  /** The strip's words. The server's own pages draw their own clock; `isAway`: out of touch for a while. */
  function stripWords(view, left, { onOwnPage, isAway }) {
    const { texts, doc } = view;
    const inExam = doc?.mode === 'exam';
    const clock = inExam && !onOwnPage ? left : null;
    return {
      notice: doc?.notice?.text ?? null,
      button: texts.notice_read,
      offline: isAway ? texts[inExam ? 'offline_exam' : 'offline'] : null,
      clock: clock === null ? null : `${texts.time_left} ${clockText(clock)}`,
    };
  }

  globalThis.bangkuWords = Object.freeze({ clockText, coverWords, stripWords });
})();
