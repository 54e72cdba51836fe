/**
 * Decisions of `may` a second, and of a treating relation with its facts: one JSON line each. Runs on the built package.
 *
 *   node packages/domain/bench/may.mjs [seconds]
 */
import { may, treatingRelation } from '../dist/index.js';

const seconds = Number(process.argv[2] ?? 2);
const NOW = 1_700_000_000_000;
const actor = { kind: 'person', id: 'amy', roles: ['nurse', 'charge-nurse'], careUnitIds: ['icu', 'imc'] };
const patient = { patientId: 'pat-1', relation: null, breakGlass: false };
const subjects = [
  { careUnitIds: ['icu'] },
  { careUnitIds: ['ward'], patient },
  { careUnitIds: ['ward'], patient: { ...patient, relation: 'paged for an escalation that runs' } },
  { careUnitIds: ['ward'], patient: { ...patient, breakGlass: true } },
];
const actions = ['bed.read', 'alarm.accept', 'history.read', 'encounter.discharge', 'audit.read'];
const duties = Array.from({ length: 6 }, (_, i) => ({ careUnitId: 'icu', bedId: `icu-${i}`, fromMs: NOW - 1_000, toMs: null }));
const facts = {
  patientId: 'pat-1',
  stays: [{ careUnitId: 'icu', bedId: 'icu-5', dischargedWallMs: null }],
  duties,
  acceptedWallMs: null,
  paged: false,
};

function measure(what, decide) {
  let decisions = 0;
  let allowed = 0;
  const endMs = performance.now() + seconds * 1_000;
  const startMs = performance.now();
  while (performance.now() < endMs) {
    for (let i = 0; i < 1_000; i++) if (decide(decisions++)) allowed++;
  }
  const perSecond = Math.round(decisions / ((performance.now() - startMs) / 1_000));
  console.log(JSON.stringify({ what, perSecond, allowedPct: Math.round((100 * allowed) / decisions) }));
}

measure('may', (i) => may(actor, actions[i % actions.length], subjects[i % subjects.length]).allowed);
measure('treating', () => treatingRelation(facts, actor.roles, NOW) !== null);
