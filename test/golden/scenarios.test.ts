import { emptyPartition, step } from '@vigil/domain';
import type { AlarmTransition, LogEvent } from '@vigil/contracts';
import { compareAlarms } from '../../src/rule-tests/compare.js';
import { printCase } from '../../src/rule-tests/print.js';
import { type AlarmStretch, stretchesOf } from '../../src/rule-tests/stretch.js';
import { loadRuleFile } from '../../src/rules/rule-files.js';
import { ALL_SCENARIOS } from './scenarios/all.js';
import { expectedAlarms, type Scenario } from './scenarios/scenario.js';
import { START_MS, wardLog } from './scenarios/ward.js';

/**
 * Patients of the simulator against the default rule set. What is expected was written by hand from the course of each, with the
 * time that a person would allow, so that a change of the engine or of a rule is judged by a clinician's eye and not by the
 * output of the run before.
 */
const rules = loadRuleFile('rules/default.yaml');

function alarmsOf(scenario: Scenario): readonly AlarmStretch[] {
  let state = emptyPartition();
  const transitions: AlarmTransition[] = [];
  let log: readonly LogEvent[] = wardLog(scenario, rules);
  while (log.length > 0) {
    // What the engine itself adds to the log (a transfer) comes next, as the relay of the platform would have it.
    const leaves = log.findIndex((event) => event.kind === 'transferOut');
    const until = leaves < 0 ? log.length : leaves + 1;
    const result = step(state, log.slice(0, until));
    state = result.state;
    transitions.push(...result.effects.map((effect) => effect.transition));
    log = [...result.appends, ...log.slice(until)];
  }
  return stretchesOf(transitions).map((alarm) => ({
    ...alarm,
    fromMs: alarm.fromMs - START_MS,
    toMs: alarm.toMs === null ? null : alarm.toMs - START_MS,
  }));
}

test.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  const alarms = alarmsOf(scenario);
  const differences = compareAlarms(expectedAlarms(scenario), alarms);
  const lines = printCase(name, { messages: 0, alarms, differences });
  expect(differences.length === 0 ? '' : `${scenario.because}\n${lines.join('\n')}`).toBe('');
});

test('there are thirty scenarios, each with a name of its own and a reason', () => {
  expect(new Set(ALL_SCENARIOS.map((scenario) => scenario.name)).size).toBe(ALL_SCENARIOS.length);
  expect(ALL_SCENARIOS.length).toBeGreaterThanOrEqual(30);
  for (const { because } of ALL_SCENARIOS) expect(because.length).toBeGreaterThan(40);
});
