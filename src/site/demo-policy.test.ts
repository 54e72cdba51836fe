import { contentHash, pagingPolicyOf, routeFor, sitePolicyContent } from '@vigil/domain';
import { Site } from '@vigil/contracts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { demoSite } from './demo-site.js';
import { checkPolicy } from './doctor.js';
import { sitePolicyFindings } from './site-policy-findings.js';

const demo = demoSite({ source: 'simulator', beds: 4 });

test('a demo tells somebody of everything but low alarms, and nothing is wrong with it', () => {
  expect(sitePolicyFindings(demo)).toEqual([]);
  const policy = pagingPolicyOf(sitePolicyContent(demo.escalation));
  const stepsOf = (
    priority: 'high' | 'medium' | 'low',
    conditionCode: string,
    kind: 'physiological' | 'technical' = 'physiological',
  ) => {
    const route = routeFor(policy, { priority, kind, conditionCode });
    return route === null ? null : policy.routes[route]!.steps.length;
  };
  expect([stepsOf('high', 'heartRate.low'), stepsOf('medium', 'spo2.low'), stepsOf('low', 'temperature.high')]).toEqual([
    3,
    2,
    null,
  ]);
  expect(stepsOf('medium', 'onCall.unreachable', 'technical')).toBe(2);
  expect(
    policy.routes[routeFor(policy, { priority: 'high', kind: 'physiological', conditionCode: 'device.asystole' })!]!
      .acceptsNeeded,
  ).toBe(2);
});

test('a real site begins without people: whom it would tell is said to be missing', () => {
  const codes = sitePolicyFindings(demoSite({ source: 'none', beds: 4 })).map(({ severity, code }) => `${severity} ${code}`);
  expect(new Set(codes)).toEqual(new Set(['refused no-reachable-step', 'warning no-reachable-step', 'warning empty-target']));
});

test('steps by role go on working, and a policy in site.yaml is the one that two people would have written', () => {
  const steps = Site.parse({ ...demo, escalation: { steps: [{ tell: 'charge', waitS: 30 }], priorities: ['high'] } });
  expect(sitePolicyContent(steps.escalation).routes).toHaveLength(2);
  const written = sitePolicyContent(demo.escalation);
  expect(contentHash(sitePolicyContent(Site.parse(JSON.parse(JSON.stringify(demo))).escalation))).toBe(contentHash(written));
  expect(Site.safeParse({ ...demo, escalation: { steps: [], routes: [] } }).success).toBe(false);
});

test('the doctor says which alarms are told to nobody, and takes a person who may come on duty later for a warning', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-doctor-'));
  const look = (site: Site) => {
    writeFileSync(join(dataDir, 'site.yaml'), stringify(site));
    return checkPolicy(dataDir).map(({ ok, say }) => `${ok} ${say}`);
  };
  try {
    expect(look(demo)).toEqual(['true each high alarm is told to somebody']);
    expect(look(demoSite({ source: 'none', beds: 1 })).every((line) => line.startsWith('true care unit icu: '))).toBe(true);
    const silent = { steps: [{ tell: 'primary', waitS: 30 }], priorities: ['medium'] } as Site['escalation'];
    const [line] = look({ ...demo, escalation: silent });
    expect(line).toBe(
      'false no route is for high physiological alarms: nobody would be told of them (site.yaml, escalation.routes)',
    );
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
