import type { AudioPause } from '@vigil/contracts';
import { useState } from 'react';
import { troubleText } from '../live/problem.js';
import { changeSettings, screenSettings } from '../model/screen-settings.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { PauseLeft } from './pause-left.js';
import { useIdentity } from './identity.js';

/** Where the countdown goes in its sentence: of the private use area, in no text. */
const COUNTDOWN = '\ue000';

/** That this screen can't be heard, and who has paused the sound of which screen. On every screen. */
export function SoundBanners() {
  const { sound } = useStation();
  const state = useSignal(sound.state);
  const { sound: wanted } = useSignal(screenSettings);
  useSignal(sound.pauses);
  return (
    <>
      {wanted && state === 'blocked' ? (
        <div className="banner sound-off" role="alert">
          <Said>{t('safety:soundBlocked')}</Said>
          <button type="button" className="button" onClick={sound.unlock}>
            {t('safety:turnSoundOn')}
          </button>
        </div>
      ) : null}
      {wanted ? null : (
        <div className="banner sound-off" role="alert">
          <Said>{t('safety:soundOffByPerson')}</Said>
          <button type="button" className="button" onClick={() => changeSettings({ sound: true })}>
            {t('safety:turnSoundOn')}
          </button>
        </div>
      )}
      {sound.inForce().map((pause) => (
        <Paused key={pause.pauseId} pause={pause} isHere={pause.pauseId === sound.ownPause()?.pauseId} />
      ))}
    </>
  );
}

function Paused({ pause, isHere }: { pause: AudioPause; isHere: boolean }) {
  const station = useStation();
  const { user } = useIdentity();
  const presence = useSignal(station.feeds.presence);
  const [trouble, setTrouble] = useState('');
  const named = presence?.stations.find(({ stationId }) => stationId === pause.stationId)?.label;
  const where = isHere
    ? t(pause.stationId === null ? 'safety:soundPausedUnit' : 'safety:soundPausedHere')
    : pause.stationId === null
      ? t('safety:soundPausedUnit')
      : (named ?? t('safety:soundPausedElsewhere'));
  const [before, behind] = t('safety:soundPaused', { where, left: COUNTDOWN }).split(COUNTDOWN);
  return (
    <div className="banner paused">
      <span>
        <Said>{before ?? ''}</Said>
        <PauseLeft pause={pause} />
        <Said>{behind ?? ''}</Said>
      </span>
      {user ? (
        <button
          type="button"
          className="button"
          onClick={() =>
            void station.sound.endPause(pause).then((answer) => setTrouble(answer.ok ? '' : troubleText(answer.trouble)))
          }
        >
          {t('safety:soundAgain')}
        </button>
      ) : null}
      {trouble ? <span role="alert">{trouble}</span> : null}
    </div>
  );
}
