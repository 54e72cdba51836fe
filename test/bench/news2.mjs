/** Partial NEWS2 on recorded intensive care stays: does the score that the engine makes still tell who dies? */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { METRICS } from '@vigil/contracts';
import { deriveScore, inDisplaySteps, NOTHING_GIVEN } from '@vigil/domain';
import { progress, report } from './lib/report.mjs';

const folder = join(process.env.VIGIL_TEST_RECORDINGS ?? '/nowhere', 'physionet2012_icu');
const FROM_MIN = 24 * 60;
const TO_MIN = 48 * 60;
/** Sets A and B, last values of 24 to 48 h, computed apart from this code (README of the recordings). */
const REFERENCE = 0.718;
const PARTS = ['respirationRate', 'spo2', 'supplementalOxygen', 'systolic', 'pulse', 'consciousness', 'temperature'];

export const about = 'news2: partial NEWS2 on PhysioNet 2012 set A, AUROC for in-hospital death (needs VIGIL_TEST_RECORDINGS)';

export async function run() {
  if (!existsSync(join(folder, 'observations_long.csv.gz'))) {
    progress('news2: skipped, it needs VIGIL_TEST_RECORDINGS, a folder with physionet2012_icu (README, "Recordings")');
    return;
  }
  progress('news2: reading physionet2012_icu, set A');
  const died = await outcomes();
  const last = await lastValues();
  const scored = [...died].map(([id, isDead]) => ({ isDead, score: deriveScore('news2', givenOf(last.get(id) ?? new Map())) }));
  const missing = (part) => scored.filter(({ score }) => score.parts.find((p) => p.part === part).points === null).length;
  const shares = Object.fromEntries(PARTS.map((part) => [part, percent(missing(part), scored.length)]));
  report('news2-auroc', Math.round(auroc(scored) * 1000) / 1000, 'AUROC', {
    reference: REFERENCE,
    stays: scored.length,
    deaths: scored.filter(({ isDead }) => isDead).length,
    complete: percent(scored.filter(({ score }) => score.total !== null).length, scored.length),
    missing: percent(
      PARTS.reduce((sum, part) => sum + missing(part), 0),
      PARTS.length * scored.length,
    ),
    missingPct: shares,
  });
}

const percent = (n, of) => Math.round((1000 * n) / of) / 10;

/** What is known is what was measured last in the second day; the least that the score can be is what ranks. */
function givenOf(values) {
  const known = (value) => ({ value, atMs: 0, forMs: 1, source: 'charted' });
  const number = (param, metric, factor = 1) => {
    const value = values.get(param);
    if (value === undefined) return null;
    const [low, high] = METRICS[metric].plausible;
    const inUnit = value * factor;
    return inUnit >= low && inUnit <= high && inUnit > 0 ? known(inDisplaySteps(metric, inUnit)) : null;
  };
  const coma = values.get('GCS');
  const share = values.get('FiO2');
  return {
    ...NOTHING_GIVEN,
    respirationRate: number('RespRate', 'respirationRate'),
    // Saturation of the blood gas: these stays have no SpO2, and it is the same quantity by another way.
    spo2: number('SaO2', 'spo2'),
    oxygen: share === undefined ? null : known(share > 0.21 ? 'oxygen' : 'air'),
    systolic: number('SysABP', 'arterialSystolic') ?? number('NISysABP', 'nibpSystolic'),
    pulse: number('HR', 'heartRate'),
    temperature: number('Temp', 'temperature'),
    // NEWS2 asks for alert or not; a coma scale below 15 is not (docs/clinical.md, "Scores").
    consciousness: coma === undefined ? null : known(coma >= 15 ? 'A' : 'V'),
  };
}

/** Probability that who dies has more points than who lives; ties count half (Mann-Whitney). */
function auroc(scored) {
  const least = ({ score }) => score.min;
  const dead = scored.filter(({ isDead }) => isDead).map(least);
  const alive = scored.filter(({ isDead }) => !isDead).map(least);
  let sum = 0;
  for (const a of dead) for (const b of alive) sum += a > b ? 1 : a === b ? 0.5 : 0;
  return sum / (dead.length * alive.length);
}

async function outcomes() {
  const died = new Map();
  let column = -1;
  for await (const fields of rows('patients_outcomes.csv.gz')) {
    if (column < 0) column = fields.indexOf('In-hospital_death');
    else died.set(fields[0], fields[column] === '1');
  }
  return died;
}

async function lastValues() {
  const last = new Map();
  const minutes = new Map();
  for await (const [id, minute, param, value] of rows('observations_long.csv.gz')) {
    const at = Number(minute);
    if (!(at >= FROM_MIN && at < TO_MIN)) continue;
    const key = `${id} ${param}`;
    if ((minutes.get(key) ?? -1) > at) continue;
    minutes.set(key, at);
    if (!last.has(id)) last.set(id, new Map());
    last.get(id).set(param, Number(value));
  }
  return last;
}

async function* rows(name) {
  const lines = createInterface({ input: createReadStream(join(folder, name)).pipe(createGunzip()), crlfDelay: Infinity });
  for await (const line of lines) yield line.split(',');
}
