import type { BedScore, EncounterId } from '@vigil/contracts';
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

function charted(label: string, { basis, total, atMs, validUntilMs }: BedScore, now: Now): ScoreChip {
  const isExpired = now.eventMs >= validUntilMs;
  const text = `${label} ${total ?? '?'} charted ${ageText(now.eventMs - atMs)}${isExpired ? ' EXPIRED' : ''}`;
  return { basis, text, isExpired };
}

function estimate(label: string, { basis, total, min, max, validUntilMs }: BedScore, now: Now): ScoreChip {
  if (now.eventMs >= validUntilMs) return { basis, text: `${label} est EXPIRED`, isExpired: true };
  const range = total === null ? `${min}–${max}` : String(total);
  return { basis, text: `${label} est ${range}`, isExpired: false };
}

const MINUTE_MS = 60_000;

/** `<1 min`, `10 min`, `2 h`, in event time: whole hours from an hour on, which is what a tile has room for. */
function ageText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return '<1 min';
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h`;
}
