import { AgeGroup, ChartItem, MetricName, ScoreName } from '@vigil/contracts';
import type { CaseEvent } from './case.js';
import { readDuration } from './times.js';

type Refuse = (problem: string) => never;
type Words = ReadonlyMap<string, string>;

const CHARTED_CODES: ReadonlySet<string> = new Set(['behaviour', 'capillaryRefill', 'respiratoryEffort']);

/** What each event may say. */
const MAY: Readonly<Record<CaseEvent['event'], readonly string[] | null>> = {
  admit: ['ageGroup', 'careUnit'],
  discharge: [],
  profile: ['ageGroup'],
  limits: ['metric', 'low', 'high', 'for'],
  charted: null,
  spo2Scale: ['scale'],
  activate: ['rules'],
  coverageLost: [],
  coverageRestored: [],
  silent: [],
};

/**
 * The cell `event`: `admit ageGroup=neonate`, `limits metric=spo2 low=85 for=2h`, `charted consciousness=V`, `silent` …;
 * several are separated by `;`.
 */
export function readEvents(cell: string, ruleSetOf: (path: string) => CaseEvent, refuse: Refuse): readonly CaseEvent[] {
  return cell
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => readEvent(part, ruleSetOf, refuse));
}

function readEvent(part: string, ruleSetOf: (path: string) => CaseEvent, refuse: Refuse): CaseEvent {
  const [name, ...rest] = part.split(/\s+/);
  if (!Object.hasOwn(MAY, name!)) return refuse(`no event is called "${name}"; there are ${Object.keys(MAY).join(' ')}`);
  const event = name as CaseEvent['event'];
  const words = new Map<string, string>();
  for (const word of rest) {
    const [, key, value] = /^(\w+)=(.+)$/.exec(word) ?? [];
    if (key === undefined) return refuse(`"${word}" after ${event}: write key=value`);
    const may = MAY[event];
    if (may !== null && !may.includes(key)) {
      return refuse(`${event} has no "${key}"${may.length === 0 ? '' : `; there are ${may.join(' ')}`}`);
    }
    words.set(key, value!);
  }
  switch (event) {
    case 'admit': {
      const ageGroup = optional(words, 'ageGroup', refuse);
      const careUnitId = words.get('careUnit');
      return { event, ...(ageGroup && { ageGroup }), ...(careUnitId !== undefined && { careUnitId }) };
    }
    case 'profile':
      return { event, ageGroup: optional(words, 'ageGroup', refuse) ?? refuse('profile needs ageGroup=') };
    case 'limits':
      return limits(words, refuse);
    case 'charted':
      return charted(words, refuse);
    case 'spo2Scale': {
      const scale = words.get('scale');
      return scale === '1' || scale === '2'
        ? { event, scale: scale === '1' ? 1 : 2 }
        : refuse('spo2Scale needs scale=1 or scale=2');
    }
    case 'activate':
      return ruleSetOf(words.get('rules') ?? refuse('activate needs rules=<file>'));
    default:
      return { event };
  }
}

function optional(words: Words, key: string, refuse: Refuse): AgeGroup | undefined {
  const word = words.get(key);
  if (word === undefined) return undefined;
  const group = AgeGroup.safeParse(word);
  return group.success ? group.data : refuse(`ageGroup is ${AgeGroup.options.join(', ')}`);
}

function limits(words: Words, refuse: Refuse): CaseEvent {
  const metric = MetricName.safeParse(words.get('metric'));
  if (!metric.success) return refuse(`limits needs metric=, one of ${MetricName.options.join(' ')}`);
  const bound = (key: string): number | null => {
    const word = words.get(key);
    if (word === undefined) return null;
    return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : refuse(`${key}=${word} is no number`);
  };
  const forMs = readDuration(words.get('for') ?? '') ?? refuse('limits needs for=, how long they hold, e.g. for=2h');
  return { event: 'limits', metric: metric.data, low: bound('low'), high: bound('high'), forMs };
}

/** `consciousness=A oxygen=air temperature=37.2`; with `score=news2` a validated set. */
function charted(words: Words, refuse: Refuse): CaseEvent {
  const score = words.get('score');
  if (score !== undefined && !ScoreName.safeParse(score).success) refuse(`score is one of ${ScoreName.options.join(' ')}`);
  const items = [...words]
    .filter(([key]) => key !== 'score')
    .map(([key, value]) => {
      const item = ChartItem.safeParse(chartItem(key, value));
      return item.success ? item.data : refuse(`charted ${key}=${value} is nothing that can be charted`);
    });
  if (items.length === 0) refuse('charted needs what was charted, e.g. consciousness=A');
  return { event: 'charted', validated: score !== undefined, ...(score !== undefined && { score }), items };
}

function chartItem(key: string, value: string): object {
  if (key === 'consciousness') return { item: 'consciousness', value };
  if (key === 'oxygen') return { item: 'supplementalOxygen', value };
  if (CHARTED_CODES.has(key)) return { item: 'code', name: key, value };
  return { item: 'number', metric: key, value: Number(value) };
}
