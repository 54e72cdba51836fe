import '../../styles/screen.css';
import { type FormEvent, useState } from 'react';
import { display } from '../../model/display.js';
import { changeSettings, screenSettings, THEMES } from '../../model/screen-settings.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { type Language, LANGUAGES } from '../../words/languages.js';
import { language, t } from '../../words/words.js';

/** Theme, language, sound and keys of this screen: everybody's, also at a station with nobody signed in. */
export function ScreenSettingsScreen() {
  return (
    <div className="office screen-settings">
      <h1>{t('shell:screenSettings')}</h1>
      <p>{t('shell:settingsNote')}</p>
      <Theme />
      <Speech />
      <Sound />
      <Keys />
    </div>
  );
}

function Theme() {
  const { theme } = useSignal(screenSettings);
  return (
    <fieldset className="card">
      <legend>{t('shell:theme')}</legend>
      {THEMES.map((each) => (
        <label key={each} className="choice">
          <input type="radio" name="theme" checked={theme === each} onChange={() => changeSettings({ theme: each })} />
          {t(`shell:theme.${each}`)}
        </label>
      ))}
    </fieldset>
  );
}

function Speech() {
  const { language: chosen } = useSignal(screenSettings);
  const codes = (Object.keys(LANGUAGES) as Language[]).filter((code) => code !== 'pseudo' || chosen === 'pseudo');
  const choose = (code: string): void => {
    changeSettings({ language: code || null });
    location.reload();
  };
  return (
    <fieldset className="card">
      <legend>{t('shell:language')}</legend>
      <label className="field">
        {t('shell:language')}
        <select value={chosen ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">{t('shell:languageOfSite')}</option>
          {codes.map((code) => (
            <option key={code} value={code} lang={LANGUAGES[code].tag}>
              {LANGUAGES[code].name}
            </option>
          ))}
        </select>
      </label>
      <p>{t('shell:languageNote')}</p>
    </fieldset>
  );
}

const PCT = (): Intl.NumberFormat => new Intl.NumberFormat(language(), { style: 'percent' });

function Sound() {
  const { sound, soundPct } = useSignal(screenSettings);
  const { soundPctMin } = useSignal(display);
  const shown = Math.max(soundPct, soundPctMin);
  const move = (event: FormEvent<HTMLInputElement>): void => changeSettings({ soundPct: Number(event.currentTarget.value) });
  return (
    <fieldset className="card">
      <legend>{t('shell:sound')}</legend>
      <label className="choice">
        <input type="checkbox" checked={sound} onChange={({ target }) => changeSettings({ sound: target.checked })} />
        {t('shell:soundIsOn')}
      </label>
      <label className="field">
        {t('shell:loudness')}
        <span className="range">
          <input type="range" min={soundPctMin} max={100} step={5} value={shown} onInput={move} onChange={move} />
          <output>{PCT().format(shown / 100)}</output>
        </span>
      </label>
      <p>{t('shell:loudnessNote', { pct: PCT().format(soundPctMin / 100) })}</p>
      <SoundTest />
    </fieldset>
  );
}

/** Only a person can tell whether a sound was heard. */
function SoundTest() {
  const station = useStationIfAny();
  const [asked, setAsked] = useState(false);
  const [unheard, setUnheard] = useState(false);
  if (!station) return null;
  const { sound } = station;
  const atMs = sound.testedAtMs();
  const when = new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' });
  const answer = (heard: boolean): void => {
    if (heard) sound.heardTest();
    setAsked(false);
    setUnheard(!heard);
  };
  return (
    <div className="sound-test">
      <button
        type="button"
        className="button primary"
        onClick={() => {
          sound.test();
          setAsked(true);
          setUnheard(false);
        }}
      >
        {t('shell:soundTest')}
      </button>
      {asked ? (
        <>
          <button type="button" className="button" onClick={() => answer(true)}>
            {t('shell:soundHeard')}
          </button>
          <button type="button" className="button" onClick={() => answer(false)}>
            {t('shell:soundNotHeard')}
          </button>
        </>
      ) : null}
      <p role="status">
        {unheard
          ? t('shell:soundNotHeardWhat')
          : atMs === null
            ? t('shell:soundNeverTested')
            : t('shell:soundTestedAt', { when: when.format(atMs) })}
      </p>
    </div>
  );
}

function Keys() {
  const { keys } = useSignal(screenSettings);
  return (
    <fieldset className="card">
      <legend>{t('shell:keys')}</legend>
      <label className="choice">
        <input type="checkbox" checked={keys} onChange={({ target }) => changeSettings({ keys: target.checked })} />
        {t('shell:keysOn')}
      </label>
    </fieldset>
  );
}
