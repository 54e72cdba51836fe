/** What a device and its gateway say of themselves, with the real processes: on the alarm list and on the fleet page. */
import { randomUUID } from 'node:crypto';
import type { DeviceToFix, FleetDevice, FleetGateway } from '@vigil/contracts';
import { connectAsync } from 'mqtt';
import { ApiClient } from '../support/api-client.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';

const ARRIVES_MS = 30_000;

test('an alarm of the bedside device, and how the device is, reach those whom they concern', async () => {
  const stack = await Stack.make({ beds: 1 });
  await stack.run(async () => {
    await stack.start('hub', 'inbox', 'platform', 'gateway');
    const { deviceId, token } = stack.devices()[0]!;
    const login = { protocolVersion: 4, clientId: deviceId, username: deviceId, password: token, reconnectPeriod: 0 } as const;
    const device = await connectAsync(stack.mqttUrl, login);
    const bootId = randomUUID();
    const send = (kind: string, body: object): Promise<unknown> =>
      device.publishAsync(`vigil/v1/${deviceId}/${kind}`, JSON.stringify(body), { qos: 1 });
    const now = (): number => Math.round(stack.clock().nowMs());
    let seq = 0;
    const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];
    const sendReading = (): Promise<unknown> =>
      send('observations', { bootId, seq: seq++, atMs: now(), origin: 'simulated', observations });
    const sendAlarm = (active: boolean): Promise<unknown> => {
      const alarms = [{ code: 'cuff-leak', kind: 'technical', priority: 'medium', active }];
      return send('alarms', { bootId, seq: seq++, atMs: now(), origin: 'simulated', alarms });
    };
    const amy = await ApiClient.signIn(stack.url, 'amy', stack.password('amy'));
    // The gateway may not have been told yet at which bed the device stands.
    await until(
      'a reading at the bed',
      async () => {
        await sendReading();
        return (await amy.bed('icu-1')).readings[0];
      },
      ARRIVES_MS,
    );
    await sendAlarm(true);
    await send('status', { state: 'online', bootId, batteryPercent: 11, firmware: '4.2.1' });

    const shown = await until(
      'the alarm of the device',
      async () => (await amy.alarms('bed=icu-1')).find((each) => each.conditionCode === 'device.cuff-leak'),
      ARRIVES_MS,
    );
    expect(shown).toMatchObject({ kind: 'technical', priority: 'medium', active: true, origin: 'simulated' });
    expect(shown.text).toContain('the bedside device alarms: cuff leak');
    await sendAlarm(false);
    await until(
      'the end of it',
      async () => (await amy.alarms('bed=icu-1')).find((each) => each.alarmId === shown.alarmId && !each.active),
      ARRIVES_MS,
    );

    const dan = await ApiClient.signIn(stack.url, 'dan', stack.password('dan'));
    const fleet = await until(
      'the device on the fleet page',
      async () =>
        ((await dan.ok('/api/v1/devices')).items as FleetDevice[]).find((each) => each.state?.said.firmware === '4.2.1'),
      ARRIVES_MS,
    );
    expect(fleet).toMatchObject({ deviceId, gatewayId: 'gw-1', inSite: true, bed: { bedId: 'icu-1' } });
    expect(fleet.record).toMatchObject({ manufacturer: 'Example Instruments', firmwareWanted: '4.2.1', state: 'in-use' });
    expect(fleet.state).toMatchObject({ isCurrent: true, connected: true, reconnects: 0, said: { batteryPercent: 11 } });
    // Nobody plugged it in, and it says so itself.
    const toFix = (await dan.ok('/api/v1/fleet/to-fix')).items as DeviceToFix[];
    expect(toFix.filter((each) => each.deviceId === deviceId).map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'battery today',
    ]);
    const [gateway] = (await dan.ok('/api/v1/gateways')).items as FleetGateway[];
    expect(gateway).toMatchObject({ gatewayId: 'gw-1', inSite: true, faults: [], state: { isCurrent: true, beds: 1 } });

    await device.endAsync(true);
  });
}, 120_000);
