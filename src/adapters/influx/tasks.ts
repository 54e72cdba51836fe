import { OBSERVATION, quoted } from './lines.js';
import { type Level, type Levels, MINUTE_MS } from './levels.js';

/** What a level keeps of a window, and how it is made of what the level below keeps. All floats. */
export const AGGREGATES = [
  { field: 'sum', ofRaw: 'sum', ofLevel: 'sum' },
  { field: 'count', ofRaw: 'count', ofLevel: 'sum' },
  { field: 'min', ofRaw: 'min', ofLevel: 'min' },
  { field: 'max', ofRaw: 'max', ofLevel: 'max' },
] as const;

/** What a run looks back over, so that readings which came late are in. Later ones: see `lastLook`. */
const MINUTES_BACK = '3h';
const HOURS_BACK = '25h';
const DAY_MS = 86_400_000;
/** The days before raw samples expire that are made anew, and how long before that is. */
const LAST_LOOK_DAYS = 2;
const LAST_LOOK_BEFORE_DAYS = 1;

export interface Task {
  readonly name: string;
  readonly flux: string;
}

/**
 * The tasks that fill the buckets of minutes and hours. Each run writes whole windows over what is there, so one that runs twice,
 * or beside another, changes nothing. Readings that come later than a run looks back are in raw, which answers as long as it is
 * kept; `last look` makes the days anew that are about to expire, so that what came late is not lost then.
 */
export function tasksOf(org: string, { raw, minute, hour }: Levels): readonly Task[] {
  const tasks = [
    task(`vigil ${raw.bucket} 1m`, '10m', [downsample(org, { from: raw, to: minute, back: MINUTES_BACK })]),
    task(`vigil ${raw.bucket} 1h`, '1h', [downsample(org, { from: minute, to: hour, back: HOURS_BACK })]),
  ];
  const keptDays = raw.keptMs === null ? null : raw.keptMs / DAY_MS;
  if (keptDays === null || keptDays <= LAST_LOOK_DAYS + LAST_LOOK_BEFORE_DAYS) return tasks;
  const back = `${keptDays - LAST_LOOK_BEFORE_DAYS}d`;
  const until = `${keptDays - LAST_LOOK_BEFORE_DAYS - LAST_LOOK_DAYS}d`;
  return [
    ...tasks,
    task(`vigil ${raw.bucket} last look 1m`, '1d', [downsample(org, { from: raw, to: minute, back, until })]),
    task(`vigil ${raw.bucket} last look 1h`, '1d', [downsample(org, { from: minute, to: hour, back, until })], '4h'),
  ];
}

function task(name: string, every: string, parts: readonly string[], offset = '1m'): Task {
  const option = `option task = {name: ${quoted(name)}, every: ${every}, offset: ${offset}}`;
  return { name, flux: ['import "date"', option, ...parts].join('\n\n') };
}

interface Step {
  readonly from: Level;
  readonly to: Level;
  readonly back: string;
  readonly until?: string;
}

/** Four pipelines and not one: only so the server aggregates where the samples lie. */
function downsample(org: string, { from, to, back, until }: Step): string {
  const every = to.widthMs === MINUTE_MS ? '1m' : '1h';
  const end = until === undefined ? 'now()' : `-${until}`;
  return AGGREGATES.map(({ field, ofRaw, ofLevel }) => {
    const [source, fn] = from.widthMs === 0 ? ['value', ofRaw] : [field, ofLevel];
    return [
      `from(bucket: ${quoted(from.bucket)})`,
      `  |> range(start: date.truncate(t: -${back}, unit: 1h), stop: date.truncate(t: ${end}, unit: ${every}))`,
      `  |> filter(fn: (r) => r._measurement == "${OBSERVATION}" and r._field == "${source}")`,
      `  |> aggregateWindow(every: ${every}, fn: ${fn}, createEmpty: false, timeSrc: "_start")`,
      `  |> toFloat()`,
      `  |> set(key: "_field", value: "${field}")`,
      `  |> to(bucket: ${quoted(to.bucket)}, org: ${quoted(org)})`,
    ].join('\n');
  }).join('\n\n');
}
