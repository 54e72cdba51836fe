import { type Language, languageOf } from '../words/languages.js';
import { Signal } from './signal.js';

/** `night` is dark, dim and warm. `contrast` is black and white with thick lines. */
export const THEMES = ['dark', 'light', 'night', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** What a person sets for this screen. Kept by the browser, of the screen and not of the person; nothing of a patient is in it. */
export interface ScreenSettings {
  readonly theme: Theme;
  /** Null: the site's language. */
  readonly language: string | null;
  readonly sound: boolean;
  readonly soundPct: number;
  /** Single keys do something (WCAG 2.1.4). */
  readonly keys: boolean;
}

export const DEFAULTS: ScreenSettings = { theme: 'dark', language: null, sound: true, soundPct: 70, keys: true };
const SPEAKS = 'vigil.language';
const KEPT = 'vigil.screen';
const SOUND_MAX = 100;

export const screenSettings = new Signal<ScreenSettings>(DEFAULTS);

const isTheme = (value: unknown): value is Theme => THEMES.some((theme) => theme === value);

/** What was kept, as far as it can be believed: whatever stands there, there are settings. */
export function settingsFrom(kept: string | null, language: string | null): ScreenSettings {
  let raw: Partial<Record<keyof ScreenSettings, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(kept ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) raw = parsed;
  } catch {
    /* Written by something else: the defaults hold. */
  }
  const pct = Number(raw.soundPct);
  return {
    theme: isTheme(raw.theme) ? raw.theme : DEFAULTS.theme,
    language,
    sound: raw.sound !== false,
    soundPct: Number.isFinite(pct) && raw.soundPct !== undefined ? Math.min(SOUND_MAX, Math.max(0, pct)) : DEFAULTS.soundPct,
    keys: raw.keys !== false,
  };
}

/** Loudness that is used: never below the floor of the site. */
export const loudness = ({ soundPct }: ScreenSettings, floorPct: number): number =>
  Math.min(SOUND_MAX, Math.max(floorPct, soundPct)) / SOUND_MAX;

/** The person's choice, or else the site's, or else English. */
export function languageWanted(ofSite: string): Language | 'pseudo' {
  const { language } = screenSettings.get();
  return language === 'pseudo' ? 'pseudo' : languageOf([language ?? ofSite]);
}

/** Reads what was kept and shows it, now and whenever it changes, also in another tab. */
export function startScreenSettings(root: HTMLElement): void {
  const read = (): void => screenSettings.set(settingsFrom(localStorage.getItem(KEPT), localStorage.getItem(SPEAKS)));
  const show = (): void => {
    const { theme } = screenSettings.get();
    root.dataset['theme'] = theme;
    const scheme = document.querySelector('meta[name=color-scheme]');
    scheme?.setAttribute('content', theme === 'light' ? 'light' : 'dark');
  };
  read();
  show();
  screenSettings.subscribe(show);
  addEventListener('storage', ({ key }) => {
    if (key === KEPT) read();
  });
}

/** Another language is spoken after the page was loaded anew. */
export function changeSettings(change: Partial<ScreenSettings>): void {
  const next = { ...screenSettings.get(), ...change };
  const { language, ...rest } = next;
  localStorage.setItem(KEPT, JSON.stringify(rest));
  if (language === null) localStorage.removeItem(SPEAKS);
  else localStorage.setItem(SPEAKS, language);
  screenSettings.set(next);
}
