import type { BedScore, EncounterId } from '@vigil/contracts';
import { t } from '../words/words.js';
import { numberText } from './format.js';
import type { Now } from './server-clock.js';

/** One score of a tile, in words: what it is, how it came about, and how old it is. */
export interface ScoreChip {
  readonly basis: BedScore['basis'];
  readonly text: string;
  /** It says what was, not what is. */
  readonly isExpired: boolean;
}

const LABELS: Readonly<Partial<Record<BedScore['score'], string>>> = { news2: 'NEWS2', bedsidePews: 'PEWS' };

/**
 * `NEWS2 7 charted 10 min` and `NEWS2 est 5–9`: two chips, never one label for both (D14). What has expired says so: of a charted
 * score the number stays, because a person stood for it then; of an estimate nothing stays.
 *
 * @param scores of whoever they are of: those of another stay than `encounterId` are left out
 * @param now null while the picture is not live: then no score is shown at all
 */
export function scoreChips(
  scores: readonly BedScore[] | undefined,
  encounterId: EncounterId | undefined,
  now: Now | null,
): readonly ScoreChip[] {
  if (now === null || scores === undefined || encounterId === undefined) return [];
  return scores
    .filter((score) => score.encounterId === encounterId)
    .flatMap((score) => {
      const label = LABELS[score.score];
      return label === undefined ? [] : [score.basis === 'charted' ? charted(label, score, now) : estimate(label, score, now)];
    })
    .sort((a, b) => (a.basis === b.basis ? 0 : a.basis === 'charted' ? -1 : 1));
}

function charted(score: string, { basis, total, atMs, validUntilMs }: BedScore, now: Now): ScoreChip {
  const isExpired = now.eventMs >= validUntilMs;
  const said = { score, total: total === null ? '?' : numberText(total, 0), age: ageText(now.eventMs - atMs) };
  return { basis, text: t(isExpired ? 'beds:chartedExpired' : 'beds:charted', said), isExpired };
}

function estimate(score: string, { basis, total, min, max, validUntilMs }: BedScore, now: Now): ScoreChip {
  if (now.eventMs >= validUntilMs) return { basis, text: t('beds:estimateExpired', { score }), isExpired: true };
  const range = total === null ? `${numberText(min, 0)}–${numberText(max, 0)}` : numberText(total, 0);
  return { basis, text: t('beds:estimate', { score, range }), isExpired: false };
}

const MINUTE_MS = 60_000;

/** `<1 min`, `10 min`, `2 h`, in event time: whole hours from an hour on, which is what a tile has room for. */
function ageText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return t('beds:underMinute');
  if (minutes < 60) return t('beds:minutes', { minutes: numberText(minutes, 0) });
  return t('beds:hours', { hours: numberText(Math.floor(minutes / 60), 0) });
}
