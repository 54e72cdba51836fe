import { type Explanation, scorePartWord } from '@vigil/contracts';

type Told = Omit<Explanation, 'lines'>;
type ScorePart = NonNullable<Explanation['steps'][number]['evidence']['parts']>[number];

const CAUSE: Readonly<Record<Explanation['steps'][number]['cause'], string>> = {
  onset: 'began',
  raised: 'became more urgent',
  lowered: 'became less urgent',
  carried: 'went along to another bed',
  corrected: 'turned out to be of another stay',
  end: 'was over',
  acknowledged: 'was acknowledged',
  closed: 'was closed',
  confirmed: 'still held when the gateway was heard again',
  shelved: 'was put away for a while',
  unshelved: 'was no longer put away',
  reminded: 'held still, long after it was acknowledged',
};

/** The explanation in sentences, in the order in which a person asks. Times of day are UTC, so that the text is always the same. */
export function explanationLines(told: Told, text: string): readonly string[] {
  return [
    text,
    ...ruleLines(told),
    ...readingLines(told),
    ...missingLines(told),
    ...told.steps.map(stepLine),
    ...(told.stepsCut ? ['Steps in between are left out.'] : []),
    ...pathLines(told),
    ...escalationLines(told),
  ];
}

function ruleLines({ rule }: Told): readonly string[] {
  const approved =
    rule.approvedBy === null
      ? 'who approved it is not known'
      : `proposed by ${rule.proposedBy ?? 'nobody who is known'}, approved by ${rule.approvedBy}`;
  const version =
    rule.ruleSetName === null
      ? `Rule ${rule.ruleId}.`
      : `Rule ${rule.ruleId} of the rule set "${rule.ruleSetName}", version ${rule.ruleSetHash.slice(0, 12)}; ${approved}.`;
  return [version, ...rule.words];
}

function readingLines({ readings, steps }: Told): readonly string[] {
  const parts = steps[0]?.evidence.parts;
  if (readings.state === 'none' && parts !== undefined) return parts.map(partLine);
  if (readings.state === 'away') return ['The readings that led to it are not known now: history cannot be read.'];
  if (readings.state === 'none') return ['It is not made of readings.'];
  return readings.metrics.map(({ label, unit, fromMs, toMs, points, cut }) => {
    const values = points.flatMap(({ value }) => value ?? []);
    const range = values.length === 0 ? 'none' : `${Math.min(...values)} to ${Math.max(...values)} ${unit}`;
    return `${label} from ${timeOf(fromMs)} to ${timeOf(toMs)}: ${points.length} readings${cut ? ', earlier ones left out' : ''}, ${range}.`;
  });
}

function partLine({ part, points, value, atMs, source }: ScorePart): string {
  const word = scorePartWord(part);
  if (value === null || atMs === null) return `${word}: not known.`;
  const scored = points === null ? '' : ` scores ${points}`;
  return `${word}: ${value}${scored}, ${source ?? 'of unknown source'} ${timeOf(atMs)}.`;
}

function missingLines({ missing }: Told): readonly string[] {
  const { gaps, technical, suppressed } = missing;
  const lost = gaps.map(
    (gap) => `Missing: ${gap.count} messages between ${timeOf(gap.fromMs)} and ${timeOf(gap.toMs)} (${gap.reason}).`,
  );
  const stood = technical.map(
    ({ conditionCode, onsetMs, endedMs }) =>
      `Technical alarm then: ${conditionCode} from ${timeOf(onsetMs)} ${endedMs === null ? 'on' : `to ${timeOf(endedMs)}`}.`,
  );
  const hidden = suppressed.map(({ because, rules }) => `Hidden then, because of ${because}: ${rules.join(', ')}.`);
  return [...lost, ...stood, ...hidden];
}

function stepLine({ cause, atMs, by, priority, evidence }: Told['steps'][number]): string {
  const who = by === null ? '' : ` by ${by}`;
  const unit = evidence.unit === null ? '' : ` ${evidence.unit}`;
  const value = evidence.value === null ? '' : `; ${evidence.value}${unit} against ${evidence.limit ?? 'no limit'}`;
  const samples = evidence.samples === null ? '' : ` (${evidence.samples} of ${evidence.samplesExpected ?? '?'} readings)`;
  const because = evidence.because === undefined ? '' : `; because of ${evidence.because.join(', ')}`;
  return `${timeOf(atMs)} ${CAUSE[cause]}${who}, priority ${priority}${value}${samples}${because}.`;
}

function pathLines({ path }: Told): readonly string[] {
  const parts = path.hops.flatMap(({ place, atMs, afterMs }) =>
    atMs === null ? [] : [`${place} ${timeOf(atMs)}${afterMs === null ? '' : ` (+${afterMs} ms)`}`],
  );
  return [parts.length === 0 ? 'The way is not known.' : `The way: ${parts.join(', ')}.`, path.text];
}

function escalationLines({ escalation }: Told): readonly string[] {
  const pages = escalation.pages.map(
    ({ step, to, channel, state, queuedAtMs, sentAtMs, reason }) =>
      `Step ${step + 1}: ${to} by ${channel}, ${state} ${timeOf(sentAtMs ?? queuedAtMs)} (${reason}).`,
  );
  const accepted =
    escalation.acceptedBy === null
      ? []
      : [`Accepted by ${escalation.acceptedBy}${escalation.acceptedAtMs === null ? '' : ` ${timeOf(escalation.acceptedAtMs)}`}.`];
  const cut = escalation.pagesCut ? ['Later pages are left out.'] : [];
  return [`Escalation: ${escalation.state}.`, ...pages, ...cut, ...accepted];
}

/** `2026-03-14 03:17:11.250Z` */
function timeOf(ms: number): string {
  const text = Number.isFinite(ms) && ms < 8.64e15 ? new Date(ms).toISOString() : String(ms);
  return text.replace('T', ' ');
}
