/** A device whose temperature goes up and down, so that an alarm begins or ends with every message. */
import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import { onEnd } from './cleanup.mjs';
import { preciseMs } from './screen.mjs';

/** The limit of the default rules is 39 Cel, without delay and of low priority: an alarm at once, and no page. */
const FEVER = 40;
const NORMAL = 37;

/**
 * Publishes `perSecond` messages a second with the real MQTT client.
 *
 * @returns {Promise<{publishedMs: ReadonlyMap<number, number>, stop: () => Promise<void>}>} wall time of publication by `atMs`
 */
export async function startProbe({ mqttUrl, device: { deviceId, token }, perSecond }) {
  const client = await mqtt.connectAsync(mqttUrl, { clientId: deviceId, username: deviceId, password: token });
  const bootId = randomUUID();
  const publishedMs = new Map();
  let seq = 0;
  const publish = () => {
    const atMs = Date.now();
    const reading = (metric, value, unit) => ({ metric, value, unit, quality: 'valid' });
    const temperature = reading('temperature', seq % 2 === 0 ? NORMAL : FEVER, 'Cel');
    const message = {
      bootId,
      seq: seq++,
      atMs,
      origin: 'simulated',
      observations: [reading('heartRate', 74, '/min'), temperature],
    };
    publishedMs.set(atMs, preciseMs());
    client.publish(`vigil/v1/${deviceId}/observations`, JSON.stringify(message), { qos: 1 });
  };
  const timer = setInterval(publish, 1000 / perSecond);
  const stop = onEnd(async () => {
    clearInterval(timer);
    await client.endAsync();
  });
  return { publishedMs, stop };
}
