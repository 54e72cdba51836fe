import { useEffect, useState } from 'react';
import { clockText, durationText } from '../model/format.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { useIdentity } from './identity.js';

/** From here on the clock of this machine is worth a word (HZ-D11). */
const SKEW_S = 2;
/** A new version is loaded by itself after so long without an alarm and without anybody at the screen. Wall time. */
const QUIET_MS = 20_000;

/** Of this screen and of the others: ghost touches, who watches, a clock that is wrong, a new version. */
export function WatchBanners() {
  const station = useStation();
  const ghosts = useSignal(station.commands.ghosts);
  const { skewS, updateWaiting } = useSignal(station.health);
  return (
    <>
      {ghosts ? (
        <div className="banner warn" role="alert">
          <span>
            <Said>{t('safety:ghosts')}</Said>
          </span>
          <button type="button" className="button" onClick={() => station.commands.ghosts.set(false)}>
            {t('safety:seen')}
          </button>
        </div>
      ) : null}
      <Watchers />
      {Math.abs(skewS) > SKEW_S ? (
        <div className="banner note">
          {t(skewS > 0 ? 'safety:skewAhead' : 'safety:skewBehind', { by: durationText(Math.abs(skewS) * 1_000) })}
        </div>
      ) : null}
      {updateWaiting ? <Update /> : null}
    </>
  );
}

function Watchers() {
  const { feeds } = useStation();
  const presence = useSignal(feeds.presence);
  const { place } = useIdentity();
  if (!presence) return null;
  const silent = presence.stations.filter(({ state, stationId }) => state === 'silent' && stationId !== place?.stationId);
  return (
    <>
      {presence.unwatched ? (
        <div className="banner warn" role="alert">
          <Said>{t('safety:unwatched')}</Said>
        </div>
      ) : null}
      {silent.slice(0, 3).map(({ stationId, label, sinceMs }) => (
        <div key={stationId} className="banner warn" role="alert">
          <Said>{t('safety:stationSilent', { station: label, time: clockText(sinceMs) })}</Said>
        </div>
      ))}
    </>
  );
}

/** Somebody may be in the middle of something that a new start would lose. */
const isInUse = (): boolean => document.querySelector(IN_USE) !== null;
const IN_USE =
  '#screen :is(form, textarea, .steps, .policy-editor, input:not([type=checkbox], [type=radio], [type=search])), [role="dialog"], [role="alertdialog"]';

/**
 * Loads by itself only when no alarm is active, nobody has touched the screen for a while, and nothing is being filled in, so that
 * nothing is lost by it.
 */
function Update() {
  const station = useStation();
  const alarms = useSignal(station.alarms);
  const { kind } = useSignal(station.picture);
  const [touched, setTouched] = useState(0);
  useEffect(() => {
    const touch = (): void => setTouched((n) => n + 1);
    for (const event of ['pointerdown', 'keydown'] as const) addEventListener(event, touch, { passive: true });
    return () => {
      for (const event of ['pointerdown', 'keydown'] as const) removeEventListener(event, touch);
    };
  }, []);
  const isQuiet = alarms.length === 0 && kind === 'live';
  useEffect(() => {
    if (!isQuiet) return undefined;
    const timer = setInterval(() => isInUse() || location.reload(), QUIET_MS);
    return () => clearInterval(timer);
  }, [isQuiet, touched]);
  return (
    <div className="banner note">
      {t('safety:updateWaiting')}
      <button type="button" className="button" onClick={() => location.reload()}>
        {t('safety:updateNow')}
      </button>
    </div>
  );
}
