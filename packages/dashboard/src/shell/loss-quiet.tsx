import { clockText } from '../model/format.js';
import type { LossSound } from '../live/loss-sound.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';

/**
 * Beside the words that the picture is not whole, for which this screen sounds of itself. Whoever stands there may quiet it for two
 * minutes, signed in or not: with the server away nobody can sign in, and nothing of the server's is changed by it.
 */
export function LossQuiet() {
  const station = useStation();
  return <QuietLoss loss={station.sound.loss} wallMs={() => station.now()?.wallMs ?? Date.now()} />;
}

/** @param props.wallMs what time it is, as far as the screen knows */
export function QuietLoss({ loss, wallMs }: { readonly loss: LossSound; readonly wallMs: () => number }) {
  const shown = useSignal(loss.shown);
  if (shown.kind === 'sounds' || shown.kind === 'soon') {
    return (
      <button type="button" className="button" aria-keyshortcuts="m" onClick={() => loss.quiet(true)}>
        {t('safety:lossQuiet')}
      </button>
    );
  }
  if (shown.kind !== 'quiet') return null;
  const untilWallMs = wallMs() + shown.untilMs - performance.now();
  return (
    <span className="loss-quiet">
      <Said>{t('safety:lossQuietUntil', { time: clockText(untilWallMs) })}</Said>{' '}
      <button type="button" className="button" aria-keyshortcuts="m" onClick={() => loss.quiet(false)}>
        {t('safety:soundAgain')}
      </button>
    </span>
  );
}
