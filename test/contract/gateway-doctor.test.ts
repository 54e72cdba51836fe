/** The doctor of the gateway against the real local hub and the real client. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningEventHub, startEventHub } from '@vigil/event-hub';
import { runDoctor } from '../../edge-gateway/src/doctor/doctor.js';

const key = (name: string, right: string) => ({
  ...{ name, rights: [right], primary: name.padEnd(40, '1'), secondary: name.padEnd(40, '2') },
});
let hub: RunningEventHub;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-doctor-'));
  await mkdir(join(folder, 'hub'), { mode: 0o700 });
  await writeFile(join(folder, 'hub', 'keys.json'), JSON.stringify({ keys: [key('gateway', 'Send'), key('reader', 'Listen')] }), {
    mode: 0o600,
  });
  hub = await startEventHub({ dataDir: join(folder, 'hub'), port: 0, segmentBytes: 4 * 1024 * 1024 });
});
afterAll(() => hub.stop());

async function doctor(connectionString: string, hubName = 'vigil'): Promise<{ code: number; said: string[]; log: string }> {
  const said: string[] = [];
  const flags = [
    '--data-dir',
    join(folder, 'gateway'),
    '--mqtt-port',
    '0',
    '--http-port',
    '0',
    '--watch-port',
    '0',
    '--spool-max-bytes',
    '67108864',
  ];
  const env = { EVENT_HUBS_CONNECTION_STRING: connectionString, VIGIL_HUB_NAME: hubName };
  const code = await runDoctor(flags, env, (line) => said.push(line));
  expect(said.join('\n')).not.toMatch(/SharedAccessKey=/);
  return { code, said, log: said.find((line) => / log {2}/.test(line)) ?? '' };
}

test('a key that may send is fine', async () => {
  expect((await doctor(hub.connectionString('gateway'))).log).toMatch(/^ok .*takes events/);
});

test('a key that may not send, a wrong key, another hub and a hub that is away are told apart', async () => {
  const wrong = hub.connectionString('gateway').replace(/SharedAccessKey=[^;]+/, `SharedAccessKey=${'A'.repeat(43)}=`);
  const away = hub.connectionString('gateway').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9');
  const [reader, stranger, elsewhere, gone] = [
    await doctor(hub.connectionString('reader')),
    await doctor(wrong),
    await doctor(hub.connectionString('gateway'), 'nothing-here'),
    await doctor(away),
  ];
  expect(reader.log).toMatch(/^MEND .*Send rights/);
  expect(stranger.log).toMatch(/^MEND .*EVENT_HUBS_CONNECTION_STRING/);
  expect(elsewhere.log).toMatch(/^MEND .*VIGIL_HUB_NAME/);
  expect(gone.log).toMatch(/^MEND .*does not answer/);
  expect(gone.code).toBe(1);
});
