import fc from 'fast-check';
import { DEFAULTS, loudness, settingsFrom, THEMES } from './screen-settings.js';

test('whatever was kept, there are settings that can be used', () => {
  const kept = fc.oneof(fc.string(), fc.json(), fc.constant(null));
  fc.assert(
    fc.property(kept, (text) => {
      const { theme, soundPct } = settingsFrom(text, null);
      expect(THEMES).toContain(theme);
      expect(soundPct >= 0 && soundPct <= 100).toBe(true);
    }),
  );
  expect(settingsFrom(null, null)).toEqual(DEFAULTS);
  expect(settingsFrom('{"theme":"night","soundPct":30,"keys":false}', 'de')).toMatchObject({
    theme: 'night',
    soundPct: 30,
    keys: false,
    language: 'de',
  });
});

test('nobody makes alarms quieter than the site allows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 10, max: 100 }), (soundPct, floor) => {
      expect(loudness({ ...DEFAULTS, soundPct }, floor)).toBeGreaterThanOrEqual(floor / 100);
    }),
  );
});
