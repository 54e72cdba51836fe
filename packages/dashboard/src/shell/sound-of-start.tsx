import { useEffect, useState } from 'react';
import { StartSound } from '../live/start-sound.js';
import { changeSettings, screenSettings } from '../model/screen-settings.js';
import { useSignal } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';
import { QuietLoss } from './loss-quiet.js';

/**
 * The server was away when the page started: nobody knows yet who is at this screen, or whether it is a station. It sounds all the same.
 *
 * @param props.sinceMs when the page began to ask, on the monotonic clock
 */
export function SoundOfStart({ sinceMs }: { readonly sinceMs: number }) {
  const [sound, setSound] = useState<StartSound | null>(null);
  useEffect(() => {
    const next = new StartSound(sinceMs);
    next.start();
    setSound(next);
    return () => next.stop();
  }, [sinceMs]);
  return sound ? <Started sound={sound} /> : null;
}

function Started({ sound }: { sound: StartSound }) {
  const { sound: wanted, keys } = useSignal(screenSettings);
  const isHeard = useSignal(sound.isHeard);
  const { loss } = sound;
  useEffect(() => {
    if (!keys) return undefined;
    const onKey = ({ key, ctrlKey, altKey, metaKey, repeat }: KeyboardEvent): void => {
      if (key === 'm' && !ctrlKey && !altKey && !metaKey && !repeat) loss.quiet(!loss.isQuiet);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [keys, loss]);
  if (wanted && isHeard) return <QuietLoss loss={loss} wallMs={() => Date.now()} />;
  return (
    <p>
      <Said>{t(wanted ? 'safety:soundBlocked' : 'safety:soundOffByPerson')}</Said>{' '}
      <button type="button" className="button" onClick={() => (wanted ? sound.unlock() : changeSettings({ sound: true }))}>
        {t('safety:turnSoundOn')}
      </button>
    </p>
  );
}
