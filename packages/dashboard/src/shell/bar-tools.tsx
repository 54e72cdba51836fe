import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { troubleText } from '../live/problem.js';
import type { Station } from '../live/station.js';
import { screenSettings } from '../model/screen-settings.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/**
 * Pauses the sound of this screen, or ends its pause. What the screen sounds of itself is quieted with it; while there is no live
 * picture that is all there is to be quieted, and nobody needs to be signed in. Answers what went wrong; empty where nothing did.
 */
export async function toggleSound(station: Station, isSignedIn: boolean): Promise<string> {
  const { sound } = station;
  const isLive = station.liveNow() !== null;
  const isWhole = sound.loss.shown.get().kind === 'whole';
  const own = sound.ownPause();
  const isStill = isLive && isSignedIn ? own !== null : sound.loss.isQuiet;
  if (!isWhole) sound.loss.quiet(!isStill);
  if (!isLive || !isSignedIn) return '';
  const answer = own ? await sound.endPause(own) : await sound.pause();
  return answer.ok ? '' : troubleText(answer.trouble);
}

/** Whether this screen is heard, and the way to its settings. */
export function BarTools() {
  const station = useStation();
  const { user } = useIdentity();
  const state = useSignal(station.sound.state);
  const { sound: wanted } = useSignal(screenSettings);
  useSignal(station.sound.pauses);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const loss = useSignal(station.sound.loss.shown);
  const isLive = useSignal(station.picture).kind === 'live';
  const isPaused = isLive ? station.sound.ownPause() !== null : loss.kind === 'quiet';
  const mayPause = user !== null || loss.kind !== 'whole';
  const word = !wanted ? t('shell:sound.turnedOff') : t(`shell:sound.${state}`);
  const press = (): void => {
    if (state === 'blocked') return station.sound.unlock();
    if (busy || !wanted || !mayPause) return;
    setBusy(true);
    void toggleSound(station, user !== null).then((why) => {
      setBusy(false);
      setTrouble(why);
    });
  };
  return (
    <span className="bar-tools">
      <button
        type="button"
        className="button plain sound"
        data-sound={wanted ? state : 'turnedOff'}
        aria-disabled={busy || (!mayPause && state !== 'blocked')}
        aria-keyshortcuts="m"
        onClick={press}
      >
        <SoundSign isOn={wanted && state !== 'blocked' && !isPaused} />
        <span className="sound-word">{word}</span>
        <span className="visually-hidden">
          {state === 'blocked' ? t('safety:turnSoundOn') : isPaused ? t('shell:soundPauseEnd') : t('shell:soundPause')}
        </span>
      </button>
      <Link to="/screen" className="button plain screen-link" aria-label={t('shell:screenSettings')}>
        <svg className="sign" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 5h18v11H3Zm6 15h6m-3-4v4" fill="none" stroke="currentColor" strokeWidth="2" />
        </svg>
      </Link>
      {trouble ? (
        <span className="sound-trouble" role="alert">
          {t('shell:soundNotPaused', { why: trouble })}
        </span>
      ) : null}
    </span>
  );
}

function SoundSign({ isOn }: { isOn: boolean }) {
  return (
    <svg className="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 9v6h4l6 5V4L7 9Z" fill="currentColor" />
      <path
        d={isOn ? 'M16 8.500a5 5 0 0 1 0 7M18.500 5.500a9 9 0 0 1 0 13' : 'M16 9l6 6m0-6l-6 6'}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
      />
    </svg>
  );
}
