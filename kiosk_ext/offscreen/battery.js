// The battery, read where Chrome lets it be read: in a page.

(async () => {
  const battery = await navigator.getBattery();
  const { ask, listen } = globalThis.bangkuSeam;

  const tell = () => ask({
    kind: 'battery', level: Math.round(battery.level * 100), charging: battery.charging,
  });

  battery.addEventListener('levelchange', tell);
  battery.addEventListener('chargingchange', tell);
  // A restarted worker has forgotten what it was told.
  listen((message) => message.kind === 'battery_now' && tell());
  await tell();
})();
