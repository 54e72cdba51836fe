import { randomUUID } from 'node:crypto';
import { connect, connectAsync, type IClientOptions } from 'mqtt';
import type { Stack } from '../../support/stack.js';
import { PATIENT } from './patients.js';

const GIVE_UP_MS = 3_000;
/** What devices and gateways in the field are known to send where it does not belong. */
const NAME = `${PATIENT.familyName}^${PATIENT.givenName}^${PATIENT.mrn}`;

const message = (observations: unknown[], more: object = {}): string =>
  JSON.stringify({ bootId: randomUUID(), seq: 0, atMs: Date.now(), origin: 'simulated', observations, ...more });
const GOOD = { metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' };

const PAYLOADS = [
  `{"patient":"${NAME}"`,
  `PID|1||${PATIENT.mrn}||${NAME}||${PATIENT.birthDate}`,
  NAME,
  message([{ ...GOOD, metric: NAME }]),
  message([{ ...GOOD, value: NAME }]),
  message([{ ...GOOD, unit: NAME }]),
  message([{ ...GOOD, [NAME]: NAME }]),
  message([GOOD], { [NAME]: NAME }),
  message([GOOD], { origin: NAME }),
  message([GOOD], { bootId: NAME }),
  NAME.repeat(3_000),
  Buffer.from(NAME, 'utf16le').toString('latin1'),
];

/** A device that has the patient's name in everything it may choose by itself. */
export async function sendNames(stack: Stack): Promise<void> {
  const { deviceId, token } = stack.devices()[0]!;
  const login = { protocolVersion: 4, clientId: deviceId, username: deviceId, password: token, reconnectPeriod: 0 } as const;
  for (const payload of PAYLOADS) await publish(stack, login, `vigil/v1/${deviceId}/observations`, payload);
  for (const topic of [`vigil/v1/${NAME}/observations`, NAME, `vigil/v1/${deviceId}/${NAME}`]) {
    await publish(stack, login, topic.replaceAll('#', ''), message([GOOD]));
  }
  const will = { topic: `vigil/v1/${deviceId}/observations`, payload: Buffer.from(NAME), qos: 1 as const, retain: true };
  await refused(stack, { ...login, will });
  for (const wrong of [{ clientId: NAME }, { username: NAME }, { password: NAME }, { clientId: `${NAME}\r\n{"msg":"x"}` }]) {
    await refused(stack, { ...login, ...wrong });
  }
}

/** Published, answered or not, and gone: a gateway may end the connection at any of these. */
async function publish(stack: Stack, login: IClientOptions, topic: string, payload: string): Promise<void> {
  const device = await connectAsync(stack.mqttUrl, login);
  device.on('error', () => undefined);
  await within((done) => {
    device.once('close', done);
    device.publish(topic, payload, { qos: 1 }, () => done());
  });
  await device.endAsync(true);
}

async function refused(stack: Stack, options: IClientOptions): Promise<void> {
  const client = connect(stack.mqttUrl, options);
  await within((done) => {
    client.on('error', done);
    client.once('close', done);
    client.once('connect', () => {
      client.stream.destroy();
      done();
    });
  });
  await client.endAsync(true);
}

function within(run: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GIVE_UP_MS);
    run(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
