/**
 * Child process: a ward that sends to a hub, a message a second and bed, spread over the second.
 * Arguments: connection string, hub, beds, seconds. Writes a line when it begins and one at its end.
 */
import { producer, Sender } from '@vigil/hub-client';
import { SystemClock } from '@vigil/clock';
import { fullRuleSet, messageAt, openWard, wanderingReadings } from './engine-log.mjs';
import { EIGHT_METRICS } from './stack.mjs';

const [connectionString, hubName, bedsText, secondsText] = process.argv.slice(2);
const [beds, seconds] = [Number(bedsText), Number(secondsText)];
/** A gateway sends what has gathered in so long. */
const SLICE_MS = 50;
/** Every so many beds one has a heart rate that crosses its limit twice a minute. */
const ALARMING = 50;

const clock = new SystemClock();
const sender = new Sender(() => producer(connectionString, hubName, 'bench-load'), clock);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function send(events) {
  const outcomes = await sender.send(events.map((event) => ({ key: event.key, body: event })));
  return outcomes.filter((o) => o.status !== 'sent').length;
}

const [rules, ...opening] = openWard(await fullRuleSet(), beds);
for (const partitionId of await sender.producer.getPartitionIds()) {
  await sender.producer.sendBatch([{ body: { ...rules, atMs: Date.now() }, contentType: 'application/json' }], { partitionId });
}
for (let from = 0; from < opening.length; from += 1_000) {
  await send(opening.slice(from, from + 1_000).map((event) => ({ ...event, atMs: Date.now() })));
}
say({ begun: Date.now() });

let failed = 0;
let lateMsMax = 0;
const startMs = Date.now();
const sending = [];
for (let slice = 0; slice * SLICE_MS < seconds * 1_000; slice++) {
  const dueMs = startMs + slice * SLICE_MS;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - Date.now())));
  lateMsMax = Math.max(lateMsMax, Date.now() - dueMs);
  const perSecond = 1_000 / SLICE_MS;
  const second = Math.floor(slice / perSecond);
  const part = slice % perSecond;
  const atMs = Date.now();
  const events = [];
  for (let bed = part; bed < beds; bed += perSecond) {
    const readings = wanderingReadings(EIGHT_METRICS, bed, second);
    if (bed % ALARMING === 0 && (second + bed) % 30 < 15) readings[0].value = 175;
    events.push({ ...messageAt(bed, second, readings), atMs, deviceAtMs: atMs, gatewayAtMs: atMs });
  }
  if (events.length > 0) sending.push(send(events).then((n) => void (failed += n)));
  if (sending.length > 40) await sending.shift();
}
await Promise.all(sending);
say({ ended: Date.now(), failed, lateMsMax });
await sender.close();
process.exit(0);
