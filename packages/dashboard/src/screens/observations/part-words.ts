import { type MetricName, scorePartWord } from '@vigil/contracts';
import { numberText } from '../../model/format.js';
import { OWN_UNIT } from './own-unit.js';
import { t } from '../../words/words.js';

const PARTS = ['respirationRate', 'spo2', 'supplementalOxygen', 'systolic', 'pulse', 'consciousness', 'temperature'] as const;
type Part = (typeof PARTS)[number];
const isPart = (part: string): part is Part => (PARTS as readonly string[]).includes(part);

/** One of a later version as the server calls it. */
export const partWord = (part: string): string => (isPart(part) ? t(`observations:part.${part}`) : scorePartWord(part));

const METRIC: Readonly<Partial<Record<string, MetricName>>> = {
  respirationRate: 'respirationRate',
  spo2: 'spo2',
  systolic: 'nibpSystolic',
  pulse: 'heartRate',
  temperature: 'temperature',
};

/** In the units of the score's own table: a chart that must not be altered has no others. */
export function partValueText(part: string, value: number | string): string {
  if (value === 'air' || value === 'oxygen') return t(`observations:oxygen.${value}`);
  const metric = METRIC[part];
  if (metric === undefined || typeof value === 'string') return String(value);
  return `${numberText(value, metric === 'temperature' ? 1 : 0)} ${OWN_UNIT[metric]}`;
}
