/** The event log is lost while Vigil is in use, and an engineer lets it go on with a new one. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Site } from '@vigil/contracts';
import { ApiClient } from '../support/api-client.js';
import { SquareWave } from '../support/square-wave.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { withRules } from '../support/with-rules.js';

/** Three starts of the platform: some 20 s on a machine that is idle, and several times that on one that is not. */
const ARRIVES_MS = 60_000;

/** One rule, so that each alarm is one of those that this test makes. */
function quickSite(site: Site): Site {
  return withRules(site, 'heartRate.high');
}

const signIn = (stack: Stack, username: string): Promise<ApiClient> =>
  ApiClient.signIn(stack.url, username, stack.password(username));
const readyText = async (stack: Stack): Promise<string> => (await fetch(`${stack.url}/health/ready`)).text();

function auditedAdoptions(stack: Stack): readonly unknown[] {
  const db = new DatabaseSync(join(stack.dataDir, 'vigil.db'), { readOnly: true });
  try {
    const rows = db.prepare("SELECT actor, object, outcome FROM audit WHERE action = 'log.adopt'").all();
    return rows.map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

test('a platform that stands still before a new log raises alarms again once adopt-log was run; what was open stays open', async () => {
  const expectedErrors = [/another-log/];
  const stack = await Stack.make({ beds: 2, speed: 10, site: quickSite, expectedErrors });
  const waves: SquareWave[] = [];
  const rise = (bed: number): void => {
    const device = stack.devices()[bed - 1]!;
    waves.push(new SquareWave({ mqttUrl: stack.mqttUrl, device, clock: stack.clock(), halfMs: null, firstAfterMs: 0 }));
  };
  await stack
    .run(async () => {
      await stack.start('hub', 'inbox', 'platform', 'gateway');
      rise(1);
      const amy = await signIn(stack, 'amy');
      const before = await until('an alarm', async () => (await amy.alarms('bed=icu-1'))[0], ARRIVES_MS);

      await stack.stop('platform', 'hub');
      rmSync(join(stack.dataDir, 'hub', 'vigil'), { recursive: true });
      await stack.start('hub', 'platform');
      await until('the platform to stand still', async () => (await readyText(stack)).includes('another-log'), ARRIVES_MS);
      expect(() => stack.cli('adopt-log', '--yes')).toThrow(/vigil\.db is in use: stop Vigil/);

      await stack.stop('platform');
      expect(() => stack.cli('adopt-log')).toThrow(/add --yes/);
      const said = stack.cli('adopt-log', '--yes');
      expect(said).toMatch(/^known {5}vigil of .*\nthere {5}vigil of .*\n[^]*^LOST .*\n^KEPT .*\n[^]*^Done\./m);
      expect(() => stack.cli('adopt-log', '--yes')).toThrow(/there is nothing to adopt/);

      await stack.start('platform');
      rise(2);
      const again = await signIn(stack, 'amy');
      const ofSecond = async () => await again.alarms('bed=icu-2');
      // A reading may be on the new log before the word which device is at which bed: a mismatch that ends by itself.
      const after = await until(
        'an alarm from new readings',
        async () => (await ofSecond()).find(({ conditionCode }) => conditionCode === 'heartRate.high'),
        ARRIVES_MS,
      );
      expect(after).toMatchObject({ active: true, presence: 'on' });
      await until(
        'nothing else to be wrong with it',
        async () => (await ofSecond()).every(({ active, conditionCode }) => conditionCode === 'heartRate.high' || !active),
        ARRIVES_MS,
      );
      const still = await again.alarms('bed=icu-1');
      expect(still.map(({ alarmId, active }) => [alarmId, active])).toEqual([[before.alarmId, true]]);
      expect(auditedAdoptions(stack)).toEqual([{ actor: 'system:cli', object: 'event-log', outcome: 'allowed' }]);
      // The new log holds what a replay of it needs: rules, devices and stays.
      await until('the alarm in a replay', () => /heartRate\.high/.test(stack.cli('replay')), ARRIVES_MS);
    })
    .finally(async () => {
      for (const wave of waves) await wave.close();
    });
}, 240_000);
