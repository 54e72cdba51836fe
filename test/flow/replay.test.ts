/** `vigil replay` beside the running product: what is stored is what the log gives, and a period becomes a test that names nobody. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AlarmPath } from '@vigil/contracts';
import { alarmsOf, expectedLines, parseIncident } from '../../src/replay/incident.js';
import { ApiClient } from '../support/api-client.js';
import { SquareWave } from '../support/square-wave.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';

const ARRIVES_MS = 20_000;

test('an alarm of the ward is derived again to the byte, and becomes a test; what was changed in the store is found', async () => {
  const stack = await Stack.make({ beds: 1, speed: 20 });
  await stack.run(async () => {
    await stack.start('hub', 'gateway');
    const fromMs = stack.clock().nowMs();
    const device = stack.devices()[0]!;
    const wave = new SquareWave({ mqttUrl: stack.mqttUrl, device, clock: stack.clock(), halfMs: 1_500, firstAfterMs: 500 });
    await stack.start('inbox', 'platform');
    const amy = await ApiClient.signIn(stack.url, 'amy', stack.password('amy'));
    // Not the one that the device sent before the platform knew its bed.
    const isOver = async () =>
      (await amy.alarms('bed=icu-1')).find(
        ({ conditionCode, endedAtMs }) => conditionCode === 'heartRate.high' && endedAtMs !== null,
      );
    const alarm = await until('an alarm that is over', isOver, ARRIVES_MS);
    await wave.close();
    const path = AlarmPath.parse(await amy.ok(`/api/v1/alarms/${alarm.alarmId}/path`));
    expect(path.trigger).toMatchObject({ deviceId: device.deviceId });
    expect(path.hops.slice(0, 6).filter(({ atMs }) => atMs === null)).toEqual([]);
    expect(path.hops.slice(2, 6).map(({ atMs }) => atMs)).toEqual(
      path.hops
        .slice(2, 6)
        .map(({ atMs }) => atMs)
        .sort(),
    );
    const toMs = stack.clock().nowMs();
    const period = ['--from', String(fromMs), '--to', String(toMs)];

    const first = stack.cli('replay', ...period);
    expect(first).toContain(alarm.alarmId);

    const folder = join(stack.dataDir, 'incidents');
    stack.cli('replay', '--to-test', 'fast-heart', ...period, '--bed', 'icu-1', '--seed', 'flow', '--out', folder);
    const [text, expected] = ['fast-heart.jsonl', 'fast-heart.expected.jsonl'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    expect(expectedLines({ expected: alarmsOf(parseIncident(text!)) })).toEqual(expected!.split('\n').slice(0, -1));
    // The test alarm of the gateway is in the log too, and of no bed of the test.
    const ofBed = first.split('\n').filter((line) => line.includes('"bedId":"icu-1"'));
    expect(expectedLines({ expected: alarmsOf(parseIncident(text!)) })).toHaveLength(ofBed.length);
    for (const canary of ['icu-1', device.deviceId, wave.sent[0]!.atMs.toString().slice(0, 6), alarm.alarmId]) {
      expect(`${text}${expected}`.includes(`"${canary}`)).toBe(false);
    }

    await stack.stop('gateway', 'platform');
    const db = new DatabaseSync(join(stack.dataDir, 'vigil.db'));
    db.exec(`UPDATE alarm_transition SET content_json = replace(content_json, '"limit":', '"limit":1')
             WHERE content_json LIKE '%heartRate.high%'`);
    db.close();
    const place = ['--partition', String(path.log!.partition), '--from-sequence', String(path.log!.sequence)];
    const found = attempt(() => stack.cli('replay', ...place, '--to-sequence', String(path.log!.sequence + 1), '--compare'));
    expect(found.stdout).toContain(alarm.alarmId);
    expect(found.status).toBe(1);
    expect(found.stderr).toMatch(/DIFFER[\s\S]*heartRate\.high: differs in evidence\.limit/);
    expect(found.stderr).not.toMatch(/evidence\.limit.*\d/);
  });
}, 60_000);

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function attempt(run: () => string): Ended {
  try {
    return { status: 0, stdout: run(), stderr: '' };
  } catch (error) {
    return error as Ended;
  }
}
